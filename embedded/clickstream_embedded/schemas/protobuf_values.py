"""Plain values into Protobuf's messages: dictionaries for messages, numbers for moments."""

from __future__ import annotations

import datetime
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_DAY = 86_400_000
EPOCH = datetime.date(1970, 1, 1).toordinal()
WRAPPERS = {"BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value", "FloatValue", "DoubleValue",
            "StringValue", "BytesValue"}  # fmt: skip


def is_entry(message: Descriptor) -> bool:
    """Whether a message is an entry of a map."""
    return message.GetOptions().map_entry or (
        message.name.endswith("Entry") and [field.name for field in message.fields] == ["key", "value"]
    )


def meta_of(field: FieldDescriptor) -> dict[str, str]:
    """What Connect keeps of a field in its options."""
    for option, value in field.GetOptions().ListFields():
        if option.full_name == "confluent.field_meta":
            return dict(value.params)
    return {}


def decimal_of(field: FieldDescriptor) -> tuple[int, int]:
    """(precision, scale) that the options of a field say."""
    given = meta_of(field)
    return int(given.get("precision", 64)), int(given.get("scale", 0))


def put(message: Any, field: FieldDescriptor, value: Any) -> None:
    """Sets a field to a value that is not null. Raises ValueError, TypeError for one that does not fit."""
    inner = field.message_type
    if field.is_repeated:
        place = getattr(message, field.name)
        for item in _entries(value) if inner is not None and is_entry(inner) else value:
            if inner is None:
                if item is None:
                    raise ValueError("an array of Protobuf holds no null")
                place.append(item)
            elif inner.GetOptions().map_entry:
                _put_entry(place, inner, item)
            else:
                fill(place.add(), item, field)
    elif inner is None:
        setattr(message, field.name, field.enum_type.values_by_name[value].number if field.enum_type else value)
    else:
        place = getattr(message, field.name)
        place.SetInParent()
        fill(place, value, field)


def _entries(value: dict[Any, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": item} for key, item in value.items()]


def _put_entry(place: Any, entry: Descriptor, item: dict[str, Any]) -> None:
    values = entry.fields_by_name["value"]
    if values.message_type is None:
        if item["value"] is not None:
            place[item["key"]] = item["value"]
    elif item["value"] is not None:
        fill(place[item["key"]], item["value"], values)


def fill(message: Any, value: Any, field: FieldDescriptor | None = None) -> None:
    """Sets a whole message to a value: a dictionary, or what a well-known message stands for."""
    full = message.DESCRIPTOR.full_name
    if value is None:
        return
    if full == "confluent.type.Decimal" and field is not None:
        precision, scale = decimal_of(field)
        number = int(value.scaleb(scale))
        width = (number if number >= 0 else ~number).bit_length() // 8 + 1
        message.value, message.precision, message.scale = number.to_bytes(width, "big", signed=True), precision, scale
    elif full == "google.type.Date":
        day = datetime.date.fromordinal(value + EPOCH)
        message.year, message.month, message.day = day.year, day.month, day.day
    elif full == "google.type.TimeOfDay":
        minutes, millis = divmod(value % _DAY, 60_000)
        message.hours, message.minutes = divmod(minutes, 60)
        message.seconds, message.nanos = millis // 1000, millis % 1000 * 1_000_000
    elif full == "google.protobuf.Timestamp":
        message.seconds, message.nanos = value // 1000, value % 1000 * 1_000_000
    elif full.startswith("google.protobuf.") and message.DESCRIPTOR.name in WRAPPERS:
        message.value = value
    else:
        by_name = message.DESCRIPTOR.fields_by_name
        for name, item in value.items():
            if item is not None and name in by_name:
                put(message, by_name[name], item)
