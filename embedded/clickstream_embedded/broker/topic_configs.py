"""A topic's settings: type, default, what a value must be, and the broker's setting behind each.

Names, types, defaults and limits are those of Apache Kafka 3.9 (its topic configuration reference and what its own
DescribeConfigs answers); refusals are in the words of its ConfigDef.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

_INT = 2**31
_LONG = 2**63


class ConfigType(IntEnum):
    """The types of DescribeConfigs' answer (KIP-569)."""

    UNKNOWN = 0
    BOOLEAN = 1
    STRING = 2
    INT = 3
    SHORT = 4
    LONG = 5
    DOUBLE = 6
    LIST = 7
    CLASS = 8
    PASSWORD = 9


class InvalidTopic(ValueError):
    """The topic's name or configuration is not one that Kafka accepts."""


_DOUBLE = re.compile(r"[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)", re.ASCII)  # as Java reads it
_LIMITS = {ConfigType.SHORT: 2**15, ConfigType.INT: _INT, ConfigType.LONG: _LONG}


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """One setting; `broker_name` is the broker's setting that gives its default, "" where there is none."""

    name: str
    type: ConfigType
    default: str
    broker_name: str = ""
    check: Callable[[str, str], None] = lambda name, value: None

    def parse(self, value: str) -> str:
        """The value without blanks around it. Raises InvalidTopic."""
        given, value = value, value.strip()
        if self.type is ConfigType.BOOLEAN:
            if value.lower() not in ("true", "false"):
                raise _invalid(self.name, given, "Expected value to be either true or false")
            value = value.lower()
        elif self.type in _LIMITS:
            limit = _LIMITS[self.type]
            if not re.fullmatch(r"[+-]?\d+", value, re.ASCII) or not -limit <= int(value) < limit:
                raise _invalid(self.name, given, f"Not a number of type {self.type.name}")
        elif self.type is ConfigType.DOUBLE and not _DOUBLE.fullmatch(value):
            raise _invalid(self.name, given, "Not a number of type DOUBLE")
        self.check(self.name, value)
        return value

    def shown(self, value: str) -> str:
        """A value that was accepted as Kafka tells it: numbers in one form, lists without blanks. Raises InvalidTopic."""
        value = self.parse(value)
        if self.type in _LIMITS:
            return str(int(value))
        if self.type is ConfigType.DOUBLE:
            return _java_double(_double(value))
        return ",".join(items(value)) if self.type is ConfigType.LIST else value


def _invalid(name: str, value: str, why: str) -> InvalidTopic:
    return InvalidTopic(f"Invalid value {value} for configuration {name}: {why}")


def items(value: str) -> list[str]:
    """The items of a setting of type LIST."""
    return [each.strip() for each in value.split(",")] if value.strip() else []


def at_least(limit: int) -> Callable[[str, str], None]:
    """Of a number: no less than the limit."""

    def check(name: str, value: str) -> None:
        if int(value) < limit:
            raise _invalid(name, value, f"Value must be at least {limit}")

    return check


def _between(low: int, high: int, also: int | None = None) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        number = int(value)
        if also is not None:
            if not low <= number <= high and number != also:
                raise _invalid(name, value, f"Value must be between {low} and {high} or equal to {also}")
        elif number < low:
            raise _invalid(name, value, f"Value must be at least {low}")
        elif number > high:
            raise _invalid(name, value, f"Value must be no more than {high}")

    return check


def _double(text: str) -> float:
    """A number that Java reads; it may end in the letter of its type."""
    return float(text.rstrip("fFdD") if text[-1] in "fFdD" and not text.endswith("inf") else text)


def _java_double(number: float) -> str:
    """The number as Java's Double.toString writes it: with an exponent from 10^7 on."""
    if number != number:
        return "NaN"
    if not 1e7 <= abs(number) < float("inf"):
        return repr(number)
    digits, exponent = f"{Decimal(repr(number)).normalize():E}".split("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def _ratio(name: str, value: str) -> None:
    number = _double(value)
    if number < 0:
        raise _invalid(name, _java_double(number), "Value must be at least 0")
    if number > 1:
        raise _invalid(name, _java_double(number), "Value must be no more than 1")


def one_of(*allowed: str) -> Callable[[str, str], None]:
    """Of a text: one of these."""

    def check(name: str, value: str) -> None:
        if value not in allowed:
            raise _invalid(name, value, f"String must be one of: {', '.join(allowed)}")

    return check


def _policies(name: str, value: str) -> None:
    for each in items(value):
        if each not in ("compact", "delete"):
            raise _invalid(name, each, "String must be one of: compact, delete")


def _throttled(name: str, value: str) -> None:
    found = items(value)
    if found not in ([], ["*"]) and not all(re.fullmatch(r"\d+:\d+", each) for each in found):
        raise _invalid(
            name, f"[{', '.join(found)}]",
            f"{name} must be the literal '*' or a list of replicas in the following format: "
            "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        )  # fmt: skip


_RELEASES = {0: range(8, 12), 1: range(2), 2: range(9), 3: range(10)}  # minor versions by major one


def _format_version(name: str, value: str) -> None:
    release = re.match(r"(\d+)\.(\d+)", value) if not re.fullmatch(r"0\.\d+", value) else None
    if release is None or int(release[2]) not in _RELEASES.get(int(release[1]), ()):
        raise _invalid(name, value, f"Version {value} is not a valid version")


def _no_tiers(name: str, value: str) -> None:
    if value == "true":
        raise InvalidTopic(
            "Tiered Storage functionality is disabled in the broker. "
            "Topic cannot be configured with remote log storage."
        )


_MAX = str(_LONG - 1)
_B, _S, _I, _L = ConfigType.BOOLEAN, ConfigType.STRING, ConfigType.INT, ConfigType.LONG
_ALL = (
    TopicConfig("cleanup.policy", ConfigType.LIST, "delete", "log.cleanup.policy", _policies),
    TopicConfig("compression.gzip.level", _I, "-1", "compression.gzip.level", _between(1, 9, -1)),
    TopicConfig("compression.lz4.level", _I, "9", "compression.lz4.level", _between(1, 17)),
    TopicConfig("compression.type", _S, "producer", "compression.type",
                one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
    TopicConfig("compression.zstd.level", _I, "3", "compression.zstd.level", _between(-131072, 22)),
    TopicConfig("delete.retention.ms", _L, "86400000", "log.cleaner.delete.retention.ms", at_least(0)),
    TopicConfig("file.delete.delay.ms", _L, "60000", "log.segment.delete.delay.ms", at_least(0)),
    TopicConfig("flush.messages", _L, _MAX, "log.flush.interval.messages", at_least(1)),
    TopicConfig("flush.ms", _L, _MAX, "log.flush.interval.ms", at_least(0)),
    TopicConfig("follower.replication.throttled.replicas", ConfigType.LIST, "", "", _throttled),
    TopicConfig("index.interval.bytes", _I, "4096", "log.index.interval.bytes", at_least(0)),
    TopicConfig("leader.replication.throttled.replicas", ConfigType.LIST, "", "", _throttled),
    TopicConfig("local.retention.bytes", _L, "-2", "log.local.retention.bytes", at_least(-2)),
    TopicConfig("local.retention.ms", _L, "-2", "log.local.retention.ms", at_least(-2)),
    TopicConfig("max.compaction.lag.ms", _L, _MAX, "log.cleaner.max.compaction.lag.ms", at_least(1)),
    TopicConfig("max.message.bytes", _I, "1048588", "message.max.bytes", at_least(0)),
    TopicConfig("message.downconversion.enable", _B, "true", "log.message.downconversion.enable"),
    TopicConfig("message.format.version", _S, "3.0-IV1", "log.message.format.version", _format_version),
    TopicConfig("message.timestamp.after.max.ms", _L, _MAX, "log.message.timestamp.after.max.ms", at_least(0)),
    TopicConfig("message.timestamp.before.max.ms", _L, _MAX, "log.message.timestamp.before.max.ms", at_least(0)),
    TopicConfig("message.timestamp.difference.max.ms", _L, _MAX, "log.message.timestamp.difference.max.ms",
                at_least(0)),
    TopicConfig("message.timestamp.type", _S, "CreateTime", "log.message.timestamp.type",
                one_of("CreateTime", "LogAppendTime")),
    TopicConfig("min.cleanable.dirty.ratio", ConfigType.DOUBLE, "0.5", "log.cleaner.min.cleanable.ratio", _ratio),
    TopicConfig("min.compaction.lag.ms", _L, "0", "log.cleaner.min.compaction.lag.ms", at_least(0)),
    TopicConfig("min.insync.replicas", _I, "1", "min.insync.replicas", at_least(1)),
    TopicConfig("preallocate", _B, "false", "log.preallocate"),
    TopicConfig("remote.log.copy.disable", _B, "false"),
    TopicConfig("remote.log.delete.on.disable", _B, "false"),
    TopicConfig("remote.storage.enable", _B, "false", "", _no_tiers),
    TopicConfig("retention.bytes", _L, "-1", "log.retention.bytes"),
    TopicConfig("retention.ms", _L, "604800000", "log.retention.ms", at_least(-1)),
    TopicConfig("segment.bytes", _I, "1073741824", "log.segment.bytes", at_least(14)),
    TopicConfig("segment.index.bytes", _I, "10485760", "log.index.size.max.bytes", at_least(4)),
    TopicConfig("segment.jitter.ms", _L, "0", "log.roll.jitter.ms", at_least(0)),
    TopicConfig("segment.ms", _L, "604800000", "log.roll.ms", at_least(1)),
    TopicConfig("unclean.leader.election.enable", _B, "false", "unclean.leader.election.enable"),
)  # fmt: skip
TOPIC_CONFIGS: dict[str, TopicConfig] = {each.name: each for each in _ALL}

DEFAULT_CONFIG: dict[str, str] = {name: each.default for name, each in TOPIC_CONFIGS.items()}

_LEGAL_NAME = re.compile(r"[a-zA-Z0-9._-]+")


LONGEST_NAME = 249


def check_name(name: str) -> None:
    """Raises InvalidTopic for a name that Kafka refuses."""
    why = ""
    if not name:
        why = "the empty string is not allowed"
    elif name in (".", ".."):
        why = f"'{name}' is not allowed"
    elif len(name) > LONGEST_NAME:
        why = f"the length of '{name}' is longer than the max allowed length 249"
    elif not _LEGAL_NAME.fullmatch(name):
        why = f"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"  # Kafka's Topic.validate
    if why:
        raise InvalidTopic(f"Topic name is invalid: {why}")


def check_config(config: dict[str, str]) -> dict[str, str]:
    """The settings as they are told. Raises InvalidTopic for an unknown name or a value that is not allowed."""
    kept: dict[str, str] = {}
    for name, value in config.items():
        if name not in TOPIC_CONFIGS:
            raise InvalidTopic(f"Unknown topic config name: {name}")
        kept[name] = TOPIC_CONFIGS[name].shown(value)
    longest = int(kept.get("max.compaction.lag.ms", DEFAULT_CONFIG["max.compaction.lag.ms"]))
    shortest = int(kept.get("min.compaction.lag.ms", DEFAULT_CONFIG["min.compaction.lag.ms"]))
    if shortest > longest:
        raise InvalidTopic(
            f"conflict topic config setting min.compaction.lag.ms ({shortest}) > max.compaction.lag.ms ({longest})"
        )
    return kept
