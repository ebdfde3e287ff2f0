"""Handlers of DescribeConfigs, AlterConfigs and IncrementalAlterConfigs (KIP-133, KIP-226, KIP-339)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.broker_configs import TOPIC_DEFAULTS, BrokerConfig, broker_configs
from clickstream_embedded.broker.errors import MALFORMED, KafkaApiError
from clickstream_embedded.broker.topic_configs import (
    TOPIC_CONFIGS,
    ConfigType,
    InvalidTopic,
    TopicConfig,
    check_config,
    check_name,
    items,
)
from clickstream_embedded.broker.topics import Topic

_TOPIC, _BROKER, _LOGGER, _CLIENT_METRICS = 2, 4, 8, 16  # resource types
_OF_TOPIC, _DYNAMIC, _STATIC, _DEFAULT = 1, 2, 4, 5  # where a value comes from
_SET, _DELETE, _APPEND, _SUBTRACT = range(4)

Change = tuple[str, int, str | None]  # name, operation, value


# -- describing ------------------------------------------------------------------------------------------------


def _entry(name: str, kind: ConfigType, sources: list[tuple[str, str, int]], *, read_only: bool, sensitive: bool,
           synonyms: bool) -> dict[str, Any]:  # fmt: skip
    """One setting from its sources (name, value, kind of source), the one in force first."""
    value, source = (sources[0][1], sources[0][2]) if sources else (None, _DEFAULT)
    return {
        "name": name, "value": None if sensitive else value, "read_only": read_only, "config_source": source,
        "is_default": source == _DEFAULT, "is_sensitive": sensitive, "config_type": int(kind), "documentation": None,
        "synonyms": [
            {"name": other, "value": None if sensitive else text, "source": where} for other, text, where in sources
        ] if synonyms else (),
    }  # fmt: skip


def _topic_entry(broker: Broker, topic: Topic, config: TopicConfig, *, synonyms: bool) -> dict[str, Any]:
    sources: list[tuple[str, str, int]] = []
    if config.name in topic.config:
        sources.append((config.name, topic.config[config.name], _OF_TOPIC))
    if config.broker_name:
        sources += _broker_sources(broker, broker_configs()[config.broker_name])
    found = _entry(config.name, config.type, sources, read_only=False, sensitive=False, synonyms=synonyms)
    return found if sources else {**found, "value": config.default}


def _broker_sources(broker: Broker, config: BrokerConfig) -> list[tuple[str, str, int]]:
    sources: list[tuple[str, str, int]] = []
    if config.name in broker.topics.broker_config:
        sources.append((config.name, broker.topics.broker_config[config.name], _DYNAMIC))
    if config.name in broker.static_settings:
        sources.append((config.name, broker.static_settings[config.name], _STATIC))
    if config.default is not None:
        sources.append((config.synonyms[-1] if config.synonyms else config.name, config.default, _DEFAULT))
    return sources


def _broker_entry(broker: Broker, config: BrokerConfig, *, synonyms: bool) -> dict[str, Any]:
    return _entry(
        config.name, config.type, _broker_sources(broker, config), read_only=config.read_only,
        sensitive=config.sensitive, synonyms=synonyms,
    )  # fmt: skip


def _describe(broker: Broker, kind: int, name: str, keys: Any, *, synonyms: bool) -> Iterable[dict[str, Any]]:
    def wanted(key: str) -> bool:
        return keys is None or key in keys

    if kind == _TOPIC:
        try:
            check_name(name)
        except InvalidTopic as error:
            raise KafkaApiError(ErrorCode.invalid_topic_exception, str(error)) from error
        topic = broker.topics.get(name)
        if topic is None:
            raise KafkaApiError(ErrorCode.unknown_topic_or_partition)
        return [_topic_entry(broker, topic, c, synonyms=synonyms) for n, c in TOPIC_CONFIGS.items() if wanted(n)]
    if kind == _BROKER:
        if not name:  # the defaults of the whole cluster, of which there are none here
            return []
        _check_broker_id(name, "Broker", "expected {} or empty string, but received {}")
        return [_broker_entry(broker, c, synonyms=synonyms) for n, c in broker_configs().items() if wanted(n)]
    if kind == _LOGGER:
        _check_broker_id(name, "Broker", "expected {}, but received {}")
        level = {
            "name": "root", "value": "INFO", "read_only": False, "config_source": 6, "is_sensitive": False,
            "synonyms": (), "config_type": 0, "documentation": "",
        }  # fmt: skip
        return [level] if wanted("root") else []
    if kind == _CLIENT_METRICS:
        return []
    raise KafkaApiError(ErrorCode.invalid_request, MALFORMED)


def _check_broker_id(name: str, what: str, mismatch: str) -> None:
    if not name.lstrip("-").isdigit():
        raise KafkaApiError(ErrorCode.invalid_request, f"{what} id must be an integer, but it is: {name}")
    if int(name) != NODE_ID:
        raise KafkaApiError(ErrorCode.invalid_request, f"Unexpected broker id, {mismatch.format(NODE_ID, name)}")


async def describe_configs(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeConfigs of topics, of the broker and of its loggers."""
    results: list[dict[str, Any]] = []
    synonyms = getattr(request, "include_synonyms", False)
    for resource in request.resources:
        answer: dict[str, Any] = {
            "error_code": 0, "error_message": "", "resource_type": resource.resource_type,
            "resource_name": resource.resource_name, "configs": (),
        }  # fmt: skip
        try:
            answer["configs"] = _describe(
                broker, resource.resource_type, resource.resource_name, resource.configuration_keys, synonyms=synonyms
            )
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message}
        results.append(answer)
    return {"results": results}


# -- changing --------------------------------------------------------------------------------------------------


def _changed(config: dict[str, str], changes: list[Change], defaults: Callable[[str], str]) -> dict[str, str]:
    """The settings after the changes. Raises KafkaApiError."""
    if len({name for name, *_ in changes}) < len(changes):
        raise KafkaApiError(ErrorCode.invalid_request, "Error due to duplicate config keys")
    nulls = [name for name, operation, value in changes if operation != _DELETE and value is None]
    if nulls:
        raise KafkaApiError(ErrorCode.invalid_request, f"Null value not supported for : {','.join(nulls)}")
    config = dict(config)
    for name, operation, value in changes:
        if operation == _DELETE:
            config.pop(name, None)
        elif operation == _SET:
            config[name] = value or ""
        elif operation in (_APPEND, _SUBTRACT):
            word = "APPEND" if operation == _APPEND else "SUBTRACT"
            known = TOPIC_CONFIGS.get(name)
            if known is None or known.type is not ConfigType.LIST:
                raise KafkaApiError(
                    ErrorCode.invalid_config, f"Can't {word} to key {name} because its type is not LIST."
                )
            present, named = items(config.get(name, defaults(name))), items(value or "")
            if operation == _APPEND:
                present += [each for each in named if each not in present]
            else:
                present = [each for each in present if each not in named]
            config[name] = ",".join(present)
        else:
            raise KafkaApiError(ErrorCode.unknown_server_error)
    return config


def _alter_topic(broker: Broker, name: str, changes: list[Change], *, keep: bool, dry: bool) -> None:
    if not name:
        raise KafkaApiError(ErrorCode.invalid_request, "Default topic resources are not allowed.")
    topic = broker.topics.get(name)
    if topic is None:
        raise KafkaApiError(ErrorCode.unknown_topic_or_partition, f"The topic '{name}' does not exist.")
    changed = _changed(topic.config if keep else {}, changes, topic.setting)
    try:
        config = check_config(changed)
    except InvalidTopic as error:
        raise KafkaApiError(ErrorCode.invalid_config, str(error)) from error
    if not dry:
        broker.topics.configure(topic, config)


def _alter_broker(broker: Broker, name: str, changes: list[Change], *, keep: bool, dry: bool) -> None:
    if name:
        _check_broker_id(name, "Node", "expected {}, but received {}")
    known = broker.topics.broker_config if keep else {}
    changed = _changed(known, changes, lambda key: TOPIC_DEFAULTS[key].default if key in TOPIC_DEFAULTS else "")
    fixed = [key for key, operation, _ in changes if operation != _DELETE and key not in TOPIC_DEFAULTS]
    if fixed:  # what this broker would not honour it does not take
        raise KafkaApiError(
            ErrorCode.invalid_request, f"Cannot update these configs dynamically: Set({', '.join(fixed)})"
        )
    try:
        config = {key: TOPIC_DEFAULTS[key].parse(value) for key, value in changed.items()}
    except InvalidTopic as error:
        raise KafkaApiError(ErrorCode.invalid_config, str(error)) from error
    if not dry:
        broker.topics.configure_broker(config)


def _alter(broker: Broker, resource: Any, changes: list[Change], *, keep: bool, dry: bool) -> dict[str, Any]:
    kind, name = resource.resource_type, resource.resource_name
    answer = {"resource_type": kind, "resource_name": name, "error_code": 0, "error_message": None}
    first = changes[0][0] if changes else ""
    try:
        if kind == _TOPIC:
            _alter_topic(broker, name, changes, keep=keep, dry=dry)
        elif kind == _BROKER:
            _alter_broker(broker, name, changes, keep=keep, dry=dry)
        elif kind == _LOGGER and keep:
            raise KafkaApiError(ErrorCode.invalid_config, f"Logger {first} does not exist!")
        elif kind == _CLIENT_METRICS:
            raise KafkaApiError(ErrorCode.invalid_request, f"Unknown client metrics configuration: {first}")
        else:
            raise KafkaApiError(ErrorCode.invalid_request, f"Unknown resource type {kind}")
    except KafkaApiError as error:
        return {**answer, "error_code": error.code, "error_message": error.message or None}
    return answer


async def alter_configs(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterConfigs: the settings named are all that a topic keeps."""
    return {
        "responses": [
            _alter(broker, each, [(e.name, _SET, e.value) for e in each.configs], keep=False, dry=request.validate_only)
            for each in request.resources
        ]
    }


async def incremental_alter_configs(broker: Broker, request: Any) -> dict[str, Any]:
    """IncrementalAlterConfigs: set, delete, append to and subtract from a list (KIP-339)."""

    def changes(resource: Any) -> list[Change]:
        return [(each.name, each.config_operation, each.value) for each in resource.configs]

    return {
        "responses": [
            _alter(broker, each, changes(each), keep=True, dry=request.validate_only) for each in request.resources
        ]
    }
