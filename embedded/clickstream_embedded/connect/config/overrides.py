"""`producer.override.*`, `consumer.override.*` and `admin.override.*` (KIP-458; the policy here is All, Kafka's default)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from clickstream_embedded.connect.config.definition import ConfigKey, ConfigValue, client_definitions, parse, text_of
from clickstream_embedded.connect.java_errors import ConfigError
from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.transforms.record import names

log = logging.getLogger("connect")
# those of Java's clients that librdkafka has under the same or another name
_PRODUCER = {
    "acks", "batch.size", "linger.ms", "compression.type", "retries", "retry.backoff.ms", "enable.idempotence",
    "max.in.flight.requests.per.connection", "request.timeout.ms", "delivery.timeout.ms", "max.request.size",
    "client.id", "partitioner.class", "buffer.memory", "max.block.ms", "transaction.timeout.ms",
    "metadata.max.age.ms", "connections.max.idle.ms",
}  # fmt: skip
_CONSUMER = {
    "max.poll.records", "max.poll.interval.ms", "session.timeout.ms", "heartbeat.interval.ms", "fetch.min.bytes",
    "fetch.max.bytes", "fetch.max.wait.ms", "max.partition.fetch.bytes", "auto.offset.reset", "isolation.level",
    "client.id", "group.id", "group.instance.id", "enable.auto.commit", "request.timeout.ms", "metadata.max.age.ms",
    "client.rack", "check.crcs", "partition.assignment.strategy", "connections.max.idle.ms",
}  # fmt: skip
_ADMIN = {
    "client.id", "request.timeout.ms", "retry.backoff.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms",
    "metadata.max.age.ms", "connections.max.idle.ms",
}  # fmt: skip
_TYPES = {"producer.override.": _PRODUCER, "consumer.override.": _CONSUMER, "admin.override.": _ADMIN}
_RENAMED = {
    "max.partition.fetch.bytes": "max.partition.fetch.bytes", "fetch.max.wait.ms": "fetch.wait.max.ms",
    "request.timeout.ms": "socket.timeout.ms", "max.block.ms": "", "buffer.memory": "", "max.poll.records": "",
    "partitioner.class": "", "metadata.max.age.ms": "metadata.max.age.ms", "max.request.size": "message.max.bytes",
}  # fmt: skip
READ_BY_TASKS = {"max.poll.records", "allow.auto.create.topics"}  # by the sink's task itself
_CLASSES = ("org.apache.kafka.", "java.")  # where classes that a Java worker has are
_OWN = {"key.deserializer", "value.deserializer", "key.serializer", "value.serializer", "bootstrap.servers"}


def prefixes(kind: str, given: Mapping[str, str]) -> list[str]:
    """The clients that a connector uses: a sink with dead letters also produces and administers."""
    if kind == "source":
        topics = names(given.get("topic.creation.groups")) or "topic.creation.default.replication.factor" in given
        offsets = bool((given.get("offsets.storage.topic") or "").strip())  # a topic of its own is read and made
        return [
            "producer.override.",
            *(["consumer.override."] if offsets else []),
            *(["admin.override."] if topics or offsets else []),
        ]
    letters = (given.get("errors.deadletterqueue.topic.name") or "").strip()
    return [
        *(["producer.override."] if letters else []),
        "consumer.override.",
        *(["admin.override."] if letters else []),
    ]


def check(
    kind: str, given: Mapping[str, str], nothing: Collection[str] = ()
) -> list[tuple[ConfigKey | None, ConfigValue]]:
    """The overrides that a configuration gives, each with its definition where the client has it.

    Only the type of a value is looked at: what the client makes of it is found out by the task.

    Args:
        kind: sink or source.
        given: the connector's configuration, without what is null.
        nothing: the settings that are null.

    Raises:
        ConfigError: The client cannot read a value.
    """
    found: list[tuple[ConfigKey | None, ConfigValue]] = []
    for prefix in prefixes(kind, given):
        # Java's maps: the whole configuration is one, and what a client gets of it another
        whole = hash_order([*given, *nothing])
        own = hash_order([name.removeprefix(prefix) for name in whole if name.startswith(prefix) and name != prefix])
        # the definitions are read with the first override only
        known = {each.name: each for each in client_definitions()[prefix.rstrip(".")]} if own else {}
        found += [(None, ConfigValue(prefix + name, given.get(prefix + name))) for name in own if name not in known]
        for name in own:
            if name in known:
                key = known[name]
                value = given.get(prefix + name)
                shown = None if value is None else text_of(key, _parsed(key, value))
                found.append((key.under(prefix), ConfigValue(prefix + name, shown)))
    return found


def _parsed(key: ConfigKey, value: str) -> Any:
    if key.type == "CLASS" and not value.strip().startswith(_CLASSES):
        raise ConfigError.of(key.name, value, f"Class {value.strip()} could not be found.")
    return parse(key, value)


def client_settings(prefix: str, given: Mapping[str, str]) -> dict[str, str]:
    """The overrides for one of our clients, by librdkafka's names; what it has no setting for is left out, and told in the log.

    Args:
        prefix: `producer.override.`, `consumer.override.` or `admin.override.`.
        given: the connector's configuration.
    """
    types = _TYPES[prefix]
    made: dict[str, str] = {}
    unused: list[str] = []
    for name, value in given.items():
        bare = name.removeprefix(prefix)
        if not name.startswith(prefix):
            continue
        renamed = _RENAMED.get(bare, bare) if bare in types and bare not in _OWN else ""
        if not renamed and bare not in READ_BY_TASKS:
            unused.append(bare)
        if renamed:
            made[renamed] = "smallest" if (bare, value) == ("auto.offset.reset", "earliest") else value.strip()
    if unused:  # in the words of Java's clients
        log.warning(
            "%s: These configurations '%s' were supplied but are not used yet.", given.get("name"), sorted(unused)
        )
    return made
