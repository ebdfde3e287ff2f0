"""The broker's own settings, as Kafka 3.9 describes them, with what this broker really does as their values."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from clickstream_embedded.broker.topic_configs import TOPIC_CONFIGS, ConfigType, TopicConfig, at_least, one_of

_TABLE = Path(__file__).with_name("broker_configs.tsv")
_LISTENER = "listener.name."
# A change of one of these is a change of the default of a topic's setting, which this broker honours.
TOPIC_DEFAULTS: dict[str, TopicConfig] = {each.broker_name: each for each in TOPIC_CONFIGS.values() if each.broker_name}
# Those in whose place others stand where they are not set; each is shown beside the first once that is.
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "log.flush.interval.ms": ("log.flush.scheduler.interval.ms",), "log.roll.ms": ("log.roll.hours",),
    "log.retention.ms": ("log.retention.minutes", "log.retention.hours"),
    "log.roll.jitter.ms": ("log.roll.jitter.hours",),
}  # fmt: skip
# Their topics' settings refuse a number below 0, the broker's do not.
_UNLIMITED = ("log.flush.interval.ms", "log.retention.ms", "log.roll.ms", "log.roll.jitter.ms")
# Limits of replication, which are not among the settings that a broker describes until they are set.
_THROTTLES = ("leader.replication.throttled.rate", "follower.replication.throttled.rate",
              "replica.alter.log.dirs.io.max.bytes.per.second")  # fmt: skip
# Settings of the start that this broker goes by, beside the defaults of topics.
HONOURED = frozenset({
    "auto.create.topics.enable", "group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms",
    "group.coordinator.rebalance.protocols", "group.initial.rebalance.delay.ms", "group.max.session.timeout.ms",
    "group.max.size", "group.min.session.timeout.ms", "log.cleaner.backoff.ms", "log.cleaner.enable",
    "log.retention.check.interval.ms", "log.retention.hours", "log.retention.minutes", "log.roll.hours",
    "log.roll.jitter.hours", "max.connection.creation.rate", "max.connections", "max.connections.per.ip",
    "max.connections.per.ip.overrides", "num.partitions", "offset.metadata.max.bytes",
    "offsets.retention.check.interval.ms", "offsets.retention.minutes", "offsets.topic.num.partitions",
    "offsets.topic.segment.bytes", "producer.id.expiration.ms",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms", "transaction.max.timeout.ms",
    "transaction.remove.expired.transaction.cleanup.interval.ms", "transaction.state.log.min.isr",
    "transaction.state.log.num.partitions", "transaction.state.log.segment.bytes", "transactional.id.expiration.ms",
})  # fmt: skip
_NOTHING = ConfigType.UNKNOWN


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """One setting of the broker; `default` is None where it has none."""

    name: str
    type: ConfigType
    default: str | None
    read_only: bool
    sensitive: bool
    rule: str = ""  # what a value must be: `>=1`, `in a,b`

    def told(self, value: str) -> str:
        """A value that was accepted as Kafka tells it."""
        return value if self.type is _NOTHING else self.reader().shown(value)

    def reader(self) -> TopicConfig:
        """What reads and checks a value."""
        default = TOPIC_DEFAULTS.get(self.name)
        if default is not None and self.name not in _UNLIMITED:
            return replace(default, name=self.name)
        config = TopicConfig(self.name, self.type, "")
        if self.rule.startswith(">="):
            return replace(config, check=at_least(int(self.rule[2:])))
        if self.rule.startswith("in "):
            return replace(config, check=one_of(*self.rule[3:].split(",")))
        return config


def _rows() -> Iterator[BrokerConfig]:
    for line in _TABLE.read_text().splitlines():
        if not line.startswith("#"):
            name, kind, default, change, hidden, rule = [*line.split("\t"), "", ""][:6]
            value = None if default == "\\N" else default
            yield BrokerConfig(name, ConfigType[kind], value, change == "ro", hidden == "hidden", rule)


@functools.cache
def broker_configs() -> dict[str, BrokerConfig]:
    """All settings by name; read once, when first asked for."""
    return {each.name: each for each in _rows()}


def without_listener(name: str) -> str:
    """The setting that `listener.name.NAME.SETTING` is for one listener; others as they are."""
    parts = name.removeprefix(_LISTENER).split(".", 1)
    return parts[1] if name.startswith(_LISTENER) and len(parts) == 2 else name


def described(name: str) -> BrokerConfig:
    """A setting of any name; of what Kafka does not know it tells no value, as it could be a secret."""
    if name in _THROTTLES:
        return BrokerConfig(name, ConfigType.LONG, None, True, False, ">=0")
    known = broker_configs().get(without_listener(name))
    if known is None:
        return BrokerConfig(name, _NOTHING, None, True, True)
    return known if name == known.name else replace(known, name=name, default=None, read_only=True)


def without_effect(given: Mapping[str, str]) -> list[str]:
    """Those of the start's settings that change nothing here. Raises InvalidTopic for a value that Kafka would not start with."""
    for name, value in given.items():
        if name in broker_configs():
            described(name).reader().parse(value)
    return [name for name in given if without_listener(name) not in HONOURED | TOPIC_DEFAULTS.keys()]


def static_settings(node_id: int, host: str, port: int, folder: str) -> dict[str, str]:
    """What this broker sets itself, by the name of Kafka's setting."""
    address = f"PLAINTEXT://{host}:{port}"
    return {
        "advertised.listeners": address, "broker.id": str(node_id), "listeners": address, "log.dirs": folder,
        "node.id": str(node_id), "offsets.topic.replication.factor": "1", "process.roles": "broker,controller",
        "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
        "offsets.topic.num.partitions": "1", "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "50",
    }  # fmt: skip
