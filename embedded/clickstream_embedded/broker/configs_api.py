"""Handlers of DescribeConfigs, AlterConfigs and IncrementalAlterConfigs (KIP-133, KIP-226, KIP-339)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker import broker_changes, logger_configs
from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.broker_configs import broker_configs, described
from clickstream_embedded.broker.broker_settings import Source, Sourced
from clickstream_embedded.broker.errors import MALFORMED, KafkaApiError
from clickstream_embedded.broker.topic_configs import (
    DEFAULT_CONFIG,
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
_DESCRIBED = (_TOPIC, _BROKER, _LOGGER, _CLIENT_METRICS)
_ONCE = "Each resource must appear at most once."
_SET, _DELETE, _APPEND, _SUBTRACT = range(4)

Change = tuple[str, int, str | None]  # name, operation, value


# -- describing ------------------------------------------------------------------------------------------------


def _entry(name: str, kind: ConfigType, sources: list[Sourced], value: str | None, *, read_only: bool, sensitive: bool,
           synonyms: bool) -> dict[str, Any]:  # fmt: skip
    """One setting: its value in force, and its sources (name, value as it was given, kind of source), the one in force first.

    Kafka 3.9 no longer says of any that it is the default, which is what the first version of the answer has for it.
    """
    return {
        "name": name, "value": None if sensitive else value, "read_only": read_only,
        "config_source": int(sources[0][2] if sources else Source.DEFAULT),
        "is_default": False, "is_sensitive": sensitive, "config_type": int(kind), "documentation": None,
        "synonyms": [
            {"name": other, "value": None if sensitive else text, "source": int(where)} for other, text, where in sources
        ] if synonyms else (),
    }  # fmt: skip


def _topic_entry(broker: Broker, topic: Topic, config: TopicConfig, *, synonyms: bool) -> dict[str, Any]:
    sources: list[Sourced] = []
    if config.name in topic.config:
        sources.append((config.name, topic.values[config.name], Source.TOPIC))
    if config.broker_name:
        sources += broker.settings.sources(config.broker_name, broker.static_settings)
    value = config.shown(sources[0][1]) if sources else config.default
    return _entry(config.name, config.type, sources, value, read_only=False, sensitive=False, synonyms=synonyms)


def _broker_entry(name: str, sources: list[Sourced], *, synonyms: bool, as_given: bool = False) -> dict[str, Any]:
    config = described(name)
    value = sources[0][1] if sources else None
    if value is not None and not as_given and sources[0][2] in (Source.BROKER, Source.ALL_BROKERS):
        value = config.told(value)
    return _entry(
        name, config.type, sources, value, read_only=config.read_only, sensitive=config.sensitive, synonyms=synonyms
    )


def _describe(broker: Broker, kind: int, name: str, keys: Any, *, synonyms: bool) -> Iterable[dict[str, Any]]:
    def wanted(key: str) -> bool:
        return not keys or key in keys

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
        if not name:  # what is set of all brokers of the cluster
            found = broker.settings.of(Source.ALL_BROKERS)
            return [
                _broker_entry(n, [(n, value, Source.ALL_BROKERS)], synonyms=synonyms, as_given=True)
                for n, value in found.items() if wanted(n)
            ]  # fmt: skip
        _check_broker_id(name, "Broker", "Unexpected broker id, expected {} or empty string, but received {}")
        return [
            _broker_entry(n, broker.settings.sources(n, broker.static_settings), synonyms=synonyms)
            for n in (*broker_configs(), *broker.settings.names()) if wanted(n)
        ]  # fmt: skip
    if kind == _LOGGER:
        _check_broker_id(name, "Broker", "Unexpected broker id, expected {}, but received {}")
        return [each for each in (logger_configs.described(),) if wanted(each["name"])]
    if kind == _CLIENT_METRICS and not name:
        raise KafkaApiError(ErrorCode.invalid_request, "Client metrics subscription name must not be empty")
    if kind == _CLIENT_METRICS:
        return [each for each in broker.client_metrics.described(name) if wanted(each["name"])]
    raise KafkaApiError(ErrorCode.invalid_request, MALFORMED)


def _check_broker_id(name: str, what: str, mismatch: str) -> None:
    if not name.lstrip("-").isdigit():
        raise KafkaApiError(ErrorCode.invalid_request, f"{what} id must be an integer, but it is: {name}")
    if int(name) != NODE_ID:
        raise KafkaApiError(ErrorCode.invalid_request, mismatch.format(NODE_ID, name))


async def describe_configs(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeConfigs of topics, of the broker and of its loggers."""
    if any(each.resource_type not in _DESCRIBED for each in request.resources):
        return {"results": [
            {"error_code": ErrorCode.invalid_request, "error_message": MALFORMED, "resource_type": each.resource_type,
             "resource_name": each.resource_name, "configs": ()} for each in request.resources
        ]}  # fmt: skip
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


def _changed(
    config: dict[str, str], changes: list[Change], defaults: Callable[[str], str], is_list: Callable[[str, bool], bool]
) -> dict[str, str]:
    """The settings after the changes. Raises KafkaApiError."""
    if len({name for name, *_ in changes}) < len(changes):
        raise KafkaApiError(ErrorCode.invalid_request, "Error due to duplicate config keys")
    if any(operation not in (_SET, _DELETE, _APPEND, _SUBTRACT) for _, operation, _ in changes):
        raise KafkaApiError(ErrorCode.unknown_server_error)  # Kafka's own enumeration throws
    nulls = [name for name, operation, value in changes if operation != _DELETE and value is None]
    if nulls:
        raise KafkaApiError(ErrorCode.invalid_request, f"Null value not supported for : {', '.join(nulls)}")
    config = dict(config)
    for name, operation, value in changes:
        if operation == _DELETE:
            config.pop(name, None)
        elif operation == _SET:
            config[name] = value or ""
        else:
            if not is_list(name, operation == _APPEND):
                raise KafkaApiError(ErrorCode.unknown_server_error)
            present, named = (
                items(config.get(name, defaults(name))),
                [each.strip() for each in (value or "").split(",")],
            )
            if operation == _APPEND:
                present += [each for each in named if each not in present]
            else:
                present = [each for each in present if each not in named]
            config[name] = ",".join(present)
    return config


def _check_list(name: str, append: bool, is_list: bool) -> bool:
    """Raises KafkaApiError for what the controller does not know as a list."""
    if not is_list:
        why = f"Can't {'APPEND' if append else 'SUBTRACT'} to key {name} because its type is not LIST."
        raise KafkaApiError(ErrorCode.invalid_config, why)
    return True


def _topic_list(name: str, append: bool) -> bool:
    known = TOPIC_CONFIGS.get(name)
    return _check_list(name, append, known is not None and known.type is ConfigType.LIST)


def _metrics_list(name: str, append: bool) -> bool:
    return _check_list(name, append, False)


def _broker_list(name: str, append: bool) -> bool:
    """Whether a broker's setting is one that Kafka knows as a list. Raises KafkaApiError."""
    known = described(name).type
    if known not in (ConfigType.LIST, ConfigType.UNKNOWN):
        why = f"Config value {'append' if append else 'subtract'} is not allowed for config key: {name}"
        raise KafkaApiError(ErrorCode.invalid_config, why)
    return known is ConfigType.LIST


def _alter_topic(broker: Broker, name: str, changes: list[Change], *, keep: bool, dry: bool) -> None:
    if not name:
        raise KafkaApiError(ErrorCode.invalid_request, "Default topic resources are not allowed.")
    topic = broker.topics.get(name)
    present, defaults = (topic.config, topic.setting) if topic is not None else ({}, lambda key: DEFAULT_CONFIG[key])
    changed = _changed(present if keep else {}, changes, defaults, _topic_list)
    try:
        check_name(name)
    except InvalidTopic as error:
        raise KafkaApiError(ErrorCode.invalid_topic_exception, str(error)) from error
    try:
        check_config(changed)
    except InvalidTopic as error:
        raise KafkaApiError(ErrorCode.invalid_config, str(error)) from error
    if topic is None:
        raise KafkaApiError(ErrorCode.unknown_topic_or_partition, f"The topic '{name}' does not exist.")
    if not dry:
        broker.topics.configure(topic, changed)


def _alter_broker(broker: Broker, name: str, changes: list[Change], *, keep: bool, dry: bool) -> None:
    unknown = next((how for _, how, _ in changes if how not in (_SET, _DELETE, _APPEND, _SUBTRACT)), None)
    if unknown is not None and len({name for name, *_ in changes}) == len(changes):
        raise KafkaApiError(ErrorCode.invalid_request, f"Unknown operations type {unknown}")
    if name:
        _check_broker_id(name, "Node", "Unexpected broker id, expected {}, but received {}")
    settings, layer = broker.settings, Source.BROKER if name else Source.ALL_BROKERS
    changed = _changed(settings.of(layer) if keep else {}, changes, lambda key: settings.value(key) or "", _broker_list)
    named = [key for key, how, _ in changes if how != _DELETE]
    now = {**broker.static_settings, **settings.of(Source.ALL_BROKERS), **settings.of(Source.BROKER)}
    try:
        gone = settings.of(layer).keys() - changed.keys()
        broker_changes.check(named, gone, changed, now, all_brokers=not name)
    except broker_changes.ChangeRefused as error:
        raise KafkaApiError(ErrorCode.invalid_request, str(error)) from error
    if not dry:
        settings.replace(layer, changed)


def _alter(broker: Broker, resource: Any, changes: list[Change], *, keep: bool, dry: bool) -> dict[str, Any]:
    kind, name = resource.resource_type, resource.resource_name
    answer = {"resource_type": kind, "resource_name": name, "error_code": 0, "error_message": None}
    try:
        if kind == _TOPIC:
            _alter_topic(broker, name, changes, keep=keep, dry=dry)
        elif kind == _BROKER:
            _alter_broker(broker, name, changes, keep=keep, dry=dry)
        elif kind == _LOGGER and keep:
            _check_broker_id(
                name, "Node", f"Unexpected node id. Expected {NODE_ID}, but received {NODE_ID}"
            )  # its own words
            logger_configs.alter(changes, dry=dry)
        elif kind == _CLIENT_METRICS:
            known = broker.client_metrics.of(name) if keep else {}
            config = _changed(known, changes, lambda _: "", _metrics_list)
            broker.client_metrics.replace(name, config, dry=dry)
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

    times = Counter((each.resource_type, each.resource_name) for each in request.resources)

    def alter(each: Any) -> dict[str, Any]:
        if times[each.resource_type, each.resource_name] > 1:
            return {"resource_type": each.resource_type, "resource_name": each.resource_name,
                    "error_code": ErrorCode.invalid_request, "error_message": _ONCE}  # fmt: skip
        return _alter(broker, each, changes(each), keep=True, dry=request.validate_only)

    return {"responses": [alter(each) for each in request.resources]}
