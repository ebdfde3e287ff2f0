"""The record that transforms change, and the errors of those that do not fit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clickstream_embedded.connect.data import Schema, Struct, java_class
from clickstream_embedded.connect.java_errors import DataError

Header = tuple[str, Schema | None, Any]


@dataclass(frozen=True, slots=True)
class ConnectRecord:
    """A record between its converters and the connector.

    Args:
        topic: where it comes from (sink) or goes to (source).
        partition: number of its partition; None where a source leaves the choice to the producer.
        offset: place in the partition; None for a record of a source.
        timestamp: milliseconds since the epoch.
        headers: name, schema and value of each, in order.
    """

    topic: str
    partition: int | None
    offset: int | None
    timestamp: int | None
    key_schema: Schema | None
    key: Any
    value_schema: Schema | None
    value: Any
    headers: tuple[Header, ...] = ()

    def part(self, is_key: bool) -> tuple[Schema | None, Any]:
        return (self.key_schema, self.key) if is_key else (self.value_schema, self.value)

    def with_part(self, is_key: bool, schema: Schema | None, value: Any) -> ConnectRecord:
        if is_key:
            return replace(self, key_schema=schema, key=value)
        return replace(self, value_schema=schema, value=value)


Transform = Callable[[ConnectRecord], ConnectRecord | None]
Settings = Mapping[str, str]


def class_name(value: Any) -> str:
    return "null" if value is None else java_class(value)


def require_map(value: Any, purpose: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"Only Map objects supported in absence of schema for [{purpose}], found: {class_name(value)}")
    return value


def require_struct(value: Any, purpose: str) -> Struct:
    if not isinstance(value, Struct):
        raise DataError(f"Only Struct objects supported for [{purpose}], found: {class_name(value)}")
    return value


def names(text: str | None) -> list[str]:
    """The entries of a setting of type LIST."""
    text = (text or "").strip()
    return [each.strip() for each in text.split(",")] if text else []


def flag(settings: Settings, name: str, default: str = "true") -> bool:
    return settings.get(name, default).strip().lower() == "true"
