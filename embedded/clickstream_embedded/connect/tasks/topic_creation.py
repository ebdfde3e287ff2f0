"""Topics that a source makes before it writes to them: `topic.creation.*` (KIP-158)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.admin_answers import answered
from clickstream_embedded.connect.config.definition import ConfigKey, parse
from clickstream_embedded.connect.config.overrides import client_settings
from clickstream_embedded.connect.java_errors import ConfigError, JavaError
from clickstream_embedded.connect.java_regex import BadPattern, compiled
from clickstream_embedded.connect.tasks.kafka_errors import java_error, kafka_log
from clickstream_embedded.connect.transforms.record import names

_PREFIX = "topic.creation."
_LIMIT = 10.0  # seconds
_OWN = ("include", "exclude", "replication.factor", "partitions")


@dataclass(frozen=True, slots=True)
class Group:
    """How topics of some names are made; -1 leaves it to the broker."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    replication_factor: int
    partitions: int
    settings: Mapping[str, str]

    def takes(self, topic: str) -> bool:
        def any_of(patterns: tuple[str, ...]) -> bool:
            return any(compiled(each).fullmatch(topic) for each in patterns)

        return any_of(self.include) and not any_of(self.exclude)


def groups(config: Mapping[str, str]) -> list[Group]:
    """The groups of a configuration, the default one last; none where topics are not made.

    Raises:
        ConfigError: what a real connector fails with when it starts.
    """
    if not any(name.startswith(_PREFIX) for name in config):
        return []
    default = _group(config, "default", None)
    try:
        listed = [
            _group(config, name, default) for name in names(config.get("topic.creation.groups")) if name != "default"
        ]
        for each in listed:
            for pattern in (*each.include, *each.exclude):
                compiled(pattern)
    except BadPattern as error:
        raise ConfigError(f"Invalid regex: {error}") from None
    return [*listed, default]


def _group(config: Mapping[str, str], name: str, default: Group | None) -> Group:
    prefix = f"{_PREFIX}{name}."

    def number(what: str, kind: str, otherwise: int | None) -> int:
        key = prefix + what
        if key not in config:
            if otherwise is None:
                raise ConfigError(f'Missing required configuration "{key}" which has no default value.')
            return otherwise
        found = int(parse(ConfigKey(key, kind, ""), config[key]))
        if found != -1 and found < 1:
            what = "Replication factor" if kind == "SHORT" else "Number of partitions"
            raise ConfigError.of(
                key, str(found), f"{what} must be positive and not larger than the number of brokers in the Kafka "
                "cluster, or -1 to use the broker's default" if kind == "SHORT" else
                f"{what} must be positive, or -1 to use the broker's default",
            )  # fmt: skip
        return found

    settings = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        if key.startswith(prefix) and key.removeprefix(prefix) not in _OWN
    }
    return Group(
        tuple(names(config.get(f"{prefix}include"))) if name != "default" else (".*",),
        tuple(names(config.get(f"{prefix}exclude"))),
        number("replication.factor", "SHORT", default.replication_factor if default else None),
        number("partitions", "INT", default.partitions if default else None),
        settings,
    )


class TopicCreation:
    """Makes the topics of one source task, each once."""

    def __init__(self, config: Mapping[str, str], bootstrap: str) -> None:
        self._groups = groups(config)
        self._client = {
            "bootstrap.servers": bootstrap,
            **(client_settings("admin.override.", config) if self._groups else {}),
        }
        self._known: set[str] = set()

    async def ensure(self, topic: str) -> None:
        """Returns once the topic is there, where this connector makes topics. Raises JavaError."""
        if not self._groups or topic in self._known:
            return
        try:
            await asyncio.to_thread(self._make, topic)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                what = f"Error while attempting to create/find topic(s) '{topic}'"
                raise JavaError(what, cause=java_error(error)) from None
        self._known.add(topic)

    def _make(self, topic: str) -> None:
        admin = AdminClient({**self._client}, logger=kafka_log)
        if topic in admin.list_topics(timeout=_LIMIT).topics:
            return
        group = next(each for each in self._groups if each.takes(topic))
        wanted = NewTopic(topic, group.partitions, group.replication_factor, config=dict(group.settings))
        answered(admin.create_topics([wanted], request_timeout=_LIMIT)[topic], _LIMIT)
