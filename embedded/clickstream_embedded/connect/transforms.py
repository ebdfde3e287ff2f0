"""Single message transforms: what happens to a record between its topic and the sink. Fields of flat values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

NULL_FILTER = "io.confluent.transforms.NullFilter"
_KAFKA = "org.apache.kafka.connect.transforms."


@dataclass(frozen=True, slots=True)
class SinkRecord:
    """A record on its way into a sink; the timestamp is ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: Any
    value: Any


Transform = Callable[[SinkRecord], SinkRecord | None]
Settings = dict[str, str]


class TransformError(ValueError):
    """The settings of a transform, or the record, do not fit."""


def _fields(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TransformError(
            f"Only Map objects supported in absence of schema for [{what}], found: {type(value).__name__}"
        )
    return value


def _on(part: str, change: Callable[[dict[str, Any], SinkRecord], Any], what: str) -> Transform:
    """Applies `change` to the key or value; a null stays null."""

    def apply(record: SinkRecord) -> SinkRecord:
        inner = record.key if part == "Key" else record.value
        if inner is None:
            return record
        changed = change(_fields(inner, what), record)
        return replace(record, key=changed) if part == "Key" else replace(record, value=changed)

    return apply


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _insert_field(part: str, settings: Settings) -> Transform:
    def change(fields: dict[str, Any], record: SinkRecord) -> dict[str, Any]:
        added = dict(fields)
        for setting, value in (
            ("topic.field", record.topic), ("partition.field", record.partition), ("offset.field", record.offset),
            ("timestamp.field", record.timestamp),
        ):  # fmt: skip
            if settings.get(setting):
                added[settings[setting].rstrip("?!")] = value
        if settings.get("static.field"):
            added[settings["static.field"].rstrip("?!")] = settings.get("static.value", "")
        return added

    return _on(part, change, "field insertion")


def _replace_field(part: str, settings: Settings) -> Transform:
    left = set(_names(settings.get("exclude") or settings.get("blacklist", "")))
    only = set(_names(settings.get("include") or settings.get("whitelist", "")))
    pairs = (pair.split(":", 1) for pair in _names(settings.get("renames", "")) if ":" in pair)
    renamed = dict(pairs)

    def change(fields: dict[str, Any], _: SinkRecord) -> dict[str, Any]:
        return {
            renamed.get(name, name): value for name, value in fields.items() if name not in left and (not only or name in only)
        }  # fmt: skip

    return _on(part, change, "field replacement")


def _mask_field(part: str, settings: Settings) -> Transform:
    names, replacement = _names(settings.get("fields", "")), settings.get("replacement")
    if not names:
        raise TransformError('Missing required configuration "fields" which has no default value.')

    def empty(value: Any) -> Any:
        if replacement:
            return (
                type(value)(replacement)
                if isinstance(value, int | float) and not isinstance(value, bool)
                else replacement
            )
        blank = {bool: False, int: 0, float: 0.0, str: "", list: [], dict: {}}
        return blank.get(type(value))

    def change(fields: dict[str, Any], _: SinkRecord) -> dict[str, Any]:
        return {name: empty(value) if name in names else value for name, value in fields.items()}

    return _on(part, change, "mask fields")


def _extract_field(part: str, settings: Settings) -> Transform:
    name = settings.get("field")
    if not name:
        raise TransformError('Missing required configuration "field" which has no default value.')
    return _on(part, lambda fields, _: fields.get(name), "field extraction")


def _timestamp_converter(part: str, settings: Settings) -> Transform:
    name, target = settings.get("field", ""), settings.get("target.type", "")
    if target not in ("string", "unix", "Date", "Time", "Timestamp"):
        raise TransformError(f"Invalid value {target} for configuration target.type: String must be one of: string, unix, "
                             "Date, Time, Timestamp")  # fmt: skip
    if not name:
        raise TransformError("TimestampConverter needs a field here")
    form = settings.get("format", "")
    if target == "string" and not form:
        raise TransformError("TimestampConverter requires format option to be specified when using string timestamps")
    units = {"seconds": 1000, "milliseconds": 1, "microseconds": 1e-3, "nanoseconds": 1e-6}
    unit = units.get(settings.get("unix.precision", "milliseconds"), 1)

    def change(fields: dict[str, Any], _: SinkRecord) -> dict[str, Any]:
        value = fields.get(name)
        if value is None:
            return fields
        ms = _parsed(value, form) if isinstance(value, str) else int(value * unit)
        if target == "string":
            shown: Any = datetime.fromtimestamp(ms / 1000, UTC).strftime(_strftime(form))
        else:
            shown = int(ms / unit) if target == "unix" else ms
        return {**fields, name: shown}

    return _on(part, change, "converting timestamp formats")


def _strftime(pattern: str) -> str:
    """The commonest letters of Java's SimpleDateFormat. Raises TransformError for others."""
    letters = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "'T'": "T", "'Z'": "Z"}
    out, place = "", 0
    while place < len(pattern):
        found = next((text for text in letters if pattern.startswith(text, place)), None)
        if found is not None:
            out, place = out + letters[found], place + len(found)
        elif pattern[place].isalpha() or pattern[place] == "'":
            raise TransformError(f"TimestampConverter does not know the format '{pattern}' here")
        else:
            out, place = out + pattern[place].replace("%", "%%"), place + 1
    return out


def _parsed(text: str, form: str) -> int:
    try:
        return int(datetime.strptime(text, _strftime(form)).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError as error:
        raise TransformError(f"Could not parse timestamp: value ({text}) does not match pattern ({form})") from error


_MAKERS: dict[str, Callable[[str, Settings], Transform]] = {
    "InsertField": _insert_field, "ReplaceField": _replace_field, "MaskField": _mask_field,
    "ExtractField": _extract_field, "TimestampConverter": _timestamp_converter,
}  # fmt: skip
CLASSES = (NULL_FILTER, *(f"{_KAFKA}{name}${part}" for name in _MAKERS for part in ("Key", "Value")))


def make(kind: str, settings: Settings) -> Transform:
    """The transform of a class name such as `…transforms.MaskField$Value`. Raises TransformError."""
    if kind == NULL_FILTER:
        return lambda record: None if record.value is None else record
    name, _, part = kind.removeprefix(_KAFKA).partition("$")
    if not kind.startswith(_KAFKA) or name not in _MAKERS or part not in ("Key", "Value"):
        raise TransformError(f"Class {kind} could not be found.")
    return _MAKERS[name](part, settings)


def configured(config: dict[str, str]) -> Iterator[tuple[str, str, Settings]]:
    """(prefix of its settings, class name, settings) of each transform that a configuration names, in order."""
    for alias in _names(config.get("transforms", "")):
        prefix = f"transforms.{alias}."
        settings = {name.removeprefix(prefix): value for name, value in config.items() if name.startswith(prefix)}
        yield prefix, settings.pop("type", ""), settings


def chain(config: dict[str, str]) -> list[Transform]:
    """The transforms of a connector's configuration, in order. Raises TransformError."""
    return [make(kind, settings) for _, kind, settings in configured(config)]


def apply(transforms: list[Transform], record: SinkRecord) -> SinkRecord | None:
    """The record behind all transforms; None where one of them drops it. Raises TransformError."""
    for transform in transforms:
        changed = transform(record)
        if changed is None:
            return None
        record = changed
    return record
