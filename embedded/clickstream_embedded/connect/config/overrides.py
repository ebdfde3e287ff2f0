"""`producer.override.*`, `consumer.override.*` and `admin.override.*` (KIP-458; the policy here is All, Kafka's default)."""

from __future__ import annotations

from collections.abc import Mapping

from clickstream_embedded.connect.config.definition import ConfigKey, ConfigValue, parse
from clickstream_embedded.connect.java_errors import ConfigError
from clickstream_embedded.connect.transforms.record import names

# those of Java's clients that librdkafka has under the same or another name, with the type of the value
_PRODUCER = {
    "acks": "STRING", "batch.size": "INT", "linger.ms": "LONG", "compression.type": "STRING", "retries": "INT",
    "retry.backoff.ms": "LONG", "max.in.flight.requests.per.connection": "INT", "enable.idempotence": "BOOLEAN",
    "request.timeout.ms": "INT", "delivery.timeout.ms": "INT", "max.request.size": "INT", "client.id": "STRING",
    "partitioner.class": "CLASS", "buffer.memory": "LONG", "max.block.ms": "LONG", "transaction.timeout.ms": "INT",
    "metadata.max.age.ms": "LONG", "connections.max.idle.ms": "LONG",
}  # fmt: skip
_CONSUMER = {
    "max.poll.records": "INT", "max.poll.interval.ms": "INT", "session.timeout.ms": "INT",
    "heartbeat.interval.ms": "INT", "fetch.min.bytes": "INT", "fetch.max.bytes": "INT", "fetch.max.wait.ms": "INT",
    "max.partition.fetch.bytes": "INT", "auto.offset.reset": "STRING", "isolation.level": "STRING",
    "client.id": "STRING", "group.id": "STRING", "group.instance.id": "STRING", "enable.auto.commit": "BOOLEAN",
    "request.timeout.ms": "INT", "metadata.max.age.ms": "LONG", "client.rack": "STRING", "check.crcs": "BOOLEAN",
    "partition.assignment.strategy": "LIST", "connections.max.idle.ms": "LONG",
}  # fmt: skip
_RENAMED = {
    "max.partition.fetch.bytes": "max.partition.fetch.bytes", "fetch.max.wait.ms": "fetch.wait.max.ms",
    "request.timeout.ms": "", "max.block.ms": "", "buffer.memory": "", "max.poll.records": "",
    "partitioner.class": "", "metadata.max.age.ms": "metadata.max.age.ms", "max.request.size": "message.max.bytes",
}  # fmt: skip
_OWN = {"key.deserializer", "value.deserializer", "key.serializer", "value.serializer", "bootstrap.servers"}


def prefixes(kind: str, given: Mapping[str, str]) -> list[str]:
    """The clients that a connector uses: a sink with dead letters also produces and administers."""
    if kind == "source":
        topics = names(given.get("topic.creation.groups")) or "topic.creation.default.replication.factor" in given
        return ["producer.override.", *(["admin.override."] if topics else [])]
    letters = (given.get("errors.deadletterqueue.topic.name") or "").strip()
    return [
        *(["producer.override."] if letters else []),
        "consumer.override.",
        *(["admin.override."] if letters else []),
    ]


def check(kind: str, given: Mapping[str, str]) -> list[ConfigValue]:
    """The overrides that a configuration gives. Raises ConfigError for a value that the client cannot read."""
    found: list[ConfigValue] = []
    for prefix in prefixes(kind, given):
        types = _PRODUCER if prefix.startswith("producer") else _CONSUMER
        for name, value in given.items():
            if not name.startswith(prefix):
                continue
            bare = name.removeprefix(prefix)
            shown = value
            if bare in types and types[bare] != "CLASS":
                parsed = parse(ConfigKey(bare, types[bare], ""), value)
                _allowed(bare, value)
                shown = str(parsed).lower() if isinstance(parsed, bool) else value.strip()
            found.append(ConfigValue(name, shown))
    return found


def _allowed(name: str, value: str) -> None:
    allowed = {
        "acks": ("all", "-1", "0", "1"), "compression.type": ("none", "gzip", "snappy", "lz4", "zstd"),
        "auto.offset.reset": ("latest", "earliest", "none"),
        "isolation.level": ("read_committed", "read_uncommitted"),
    }.get(name)  # fmt: skip
    if allowed is not None and value.strip().lower() not in allowed:
        raise ConfigError.of(name, value, f"String must be one of: {', '.join(allowed)}")


def client_settings(prefix: str, given: Mapping[str, str]) -> dict[str, str]:
    """The overrides for one of our clients, by librdkafka's names; what it has no setting for is left out.

    Args:
        prefix: `producer.override.`, `consumer.override.` or `admin.override.`.
        given: the connector's configuration.
    """
    types = _PRODUCER if prefix.startswith("producer") else _CONSUMER
    made: dict[str, str] = {}
    for name, value in given.items():
        bare = name.removeprefix(prefix)
        if not name.startswith(prefix) or bare in _OWN or bare not in types:
            continue
        renamed = _RENAMED.get(bare, bare)
        if renamed:
            made[renamed] = "smallest" if (bare, value) == ("auto.offset.reset", "earliest") else value.strip()
    return made
