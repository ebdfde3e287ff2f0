"""What the properties of ksqlDB, Kafka Streams and its clients may be set to: types, least values and choices, by the
`ConfigDef` of each (Kafka's and ksqlDB's documentation of their settings)."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.property_names import bare

_BOOLEANS = """
allow.auto.create.topics auto.include.jmx.reporter check.crcs enable.auto.commit enable.idempotence exclude.internal.topics
internal.leave.group.on.close partitioner.adaptive.partitioning.enable partitioner.ignore.keys
ksql.cast.strings.preserve.nulls ksql.endpoint.logging.log.queries ksql.fail.on.deserialization.error
ksql.fail.on.production.error ksql.nested.error.set.null ksql.persistence.wrap.single.values
ksql.query.pull.enable.standby.reads ksql.query.push.v2.registry.installed ksql.timestamp.throw.on.invalid
ksql.udf.collect.metrics ksql.udf.enable.security.manager ksql.windowed.session.key.legacy
"""
# a number behind a colon is the least
_INTS = """
auto.commit.interval.ms:0 batch.size:0 buffered.records.per.partition default.api.timeout.ms:0 delivery.timeout.ms:0
fetch.max.bytes:0 fetch.max.wait.ms:0 fetch.min.bytes:0 heartbeat.interval.ms max.in.flight.requests.per.connection:1
max.partition.fetch.bytes:0 max.poll.interval.ms:1 max.poll.records:1 max.request.size:0 max.warmup.replicas:1
metrics.num.samples:1 num.standby.replicas num.stream.threads receive.buffer.bytes:-1 replication.factor
request.timeout.ms:0 retries:0 send.buffer.bytes:-1 session.timeout.ms transaction.timeout.ms
ksql.query.error.max.queue.size ksql.query.persistent.active.limit ksql.query.pull.max.concurrent.requests
ksql.query.pull.max.hourly.bandwidth.megabytes ksql.query.pull.max.qps ksql.query.pull.router.thread.pool.size
ksql.query.pull.thread.pool.size ksql.query.push.v2.max.hourly.bandwidth.megabytes ksql.sink.partitions
"""
_LONGS = """
acceptable.recovery.lag:0 buffer.memory:0 cache.max.bytes.buffering:0 commit.interval.ms:0 connections.max.idle.ms
linger.ms:0 max.block.ms:0 max.task.idle.ms metadata.max.age.ms:0 metrics.sample.window.ms:0 poll.ms
probing.rebalance.interval.ms:60000 reconnect.backoff.max.ms:0 reconnect.backoff.ms:0 repartition.purge.interval.ms:0
retry.backoff.ms:0 state.cleanup.delay.ms statestore.cache.max.bytes:0 task.timeout.ms:0 window.size.ms
windowstore.changelog.additional.retention.ms ksql.assert.schema.default.timeout.ms ksql.assert.topic.default.timeout.ms
ksql.query.persistent.max.bytes.buffering.total ksql.query.pull.forwarding.timeout.ms
ksql.query.pull.max.allowed.offset.lag ksql.query.retry.backoff.initial.ms ksql.query.retry.backoff.max.ms
ksql.query.transient.max.bytes.buffering.total
"""
_CHOICES = {
    "auto.offset.reset": ("latest", "earliest", "none"),
    "default.dsl.store": ("rocksDB", "in_memory"),
    "isolation.level": ("read_committed", "read_uncommitted"),
    "metrics.recording.level": ("INFO", "DEBUG", "TRACE"),
    "processing.guarantee": ("at_least_once", "exactly_once", "exactly_once_beta", "exactly_once_v2"),
}
_BITS = {"INT": 32, "LONG": 64}


def _numbers(text: str, kind: str) -> dict[str, tuple[str, int | None]]:
    pairs = (word.partition(":") for word in text.split())
    return {name: (kind, int(least) if least else None) for name, _, least in pairs}


_FLAGS = frozenset(_BOOLEANS.split())
_NUMBERS = _numbers(_INTS, "INT") | _numbers(_LONGS, "LONG")


def _is_flag(name: str) -> bool:
    return name in _FLAGS or (name.startswith("ksql.") and name.endswith((".enable", ".enabled")))


def _refused(name: str, value: Any, why: str) -> KsqlError:
    return KsqlError(f"Invalid value {value} for configuration {name}: {why}")


def check_value(written: str, value: Any) -> None:
    """Raises KsqlError for what a property cannot be set to, in the words of Kafka's `ConfigDef`."""
    name, text = bare(written), str(value).strip()
    if value is None:
        return
    if _is_flag(name) and text.lower() not in ("true", "false"):
        raise _refused(name, value, "Expected value to be either true or false")
    if name in _NUMBERS:
        _check_number(name, value, text, *_NUMBERS[name])
    choices = _CHOICES.get(name)
    if choices is not None and text.lower() not in [choice.lower() for choice in choices]:
        raise _refused(name, value, f"String must be one of: {', '.join(choices)}")


def _check_number(name: str, value: Any, text: str, kind: str, least: int | None) -> None:
    try:
        number = int(text)
    except ValueError:
        raise _refused(name, value, f"Not a number of type {kind}") from None
    if not -(1 << (_BITS[kind] - 1)) <= number < 1 << (_BITS[kind] - 1):
        raise _refused(name, value, f"Not a number of type {kind}")
    if least is not None and number < least:
        raise _refused(name, value, f"Value must be at least {least}")
