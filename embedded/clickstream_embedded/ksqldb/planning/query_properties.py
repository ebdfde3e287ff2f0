"""What a request sets for its query: Kafka Streams' names, with or without `ksql.streams.` before them.

Refusals are worded as Kafka's `ConfigDef` words them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.property_names import check_name
from clickstream_embedded.ksqldb.planning.property_values import check_value

Properties = Mapping[str, Any]
_RESETS = ("latest", "earliest", "none")


def _setting(properties: Properties, name: str, default: Any) -> Any:
    for key in (name, f"ksql.streams.{name}"):
        if key in properties:
            return properties[key]
    return default


def _number(properties: Properties, name: str, default: int) -> int:
    value = _setting(properties, name, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise KsqlError(f"Invalid value {value} for configuration {name}: Not a number of type LONG") from None


def is_on(properties: Properties, name: str) -> bool:
    """Whether a setting that is off by itself is on."""
    return str(properties.get(name, "false")).lower() == "true"


def strictness(properties: Properties) -> dict[str, bool]:
    """What ends a query instead of being skipped, as `plan` takes it."""
    return {
        "strict_times": is_on(properties, "ksql.timestamp.throw.on.invalid"),
        "strict_values": is_on(properties, "ksql.fail.on.deserialization.error"),
    }


def is_cached(properties: Properties) -> bool:
    """Whether changes of a table are gathered until the commit. Raises KsqlError."""
    return _number(properties, "cache.max.bytes.buffering", 10_000_000) > 0


def commit_interval(properties: Properties, default: float) -> float:
    """Seconds. Raises KsqlError."""
    return max(0, _number(properties, "commit.interval.ms", round(default * 1000))) / 1000


def from_start(properties: Properties, default: str) -> bool:
    """Whether a query begins with the oldest records of its topics. Raises KsqlError."""
    value = str(_setting(properties, "auto.offset.reset", default)).lower()
    if value not in _RESETS:
        raise KsqlError(
            f"Invalid value {value} for configuration auto.offset.reset: String must be one of: {', '.join(_RESETS)}"
        )
    return value == "earliest"


def check(properties: Properties) -> None:
    """Raises KsqlError for a property that cannot be what it is set to."""
    for name, value in properties.items():
        check_value(name, value)


def check_set(name: str, value: Any) -> None:
    """Raises KsqlError for a SET of a property that there is not, or to what it cannot be."""
    check_name(name)
    check({name: value})


def check_unset(name: str) -> None:
    """Raises KsqlError for an UNSET of a property that there is not."""
    check_name(name)
