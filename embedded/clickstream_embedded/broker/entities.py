"""Builds kio's response entities of any version from plain dictionaries.

A handler gives all it knows; what a version does not have is left out, what it has beyond that keeps its default.
So one handler serves every version of an API.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from kio.schema.errors import ErrorCode

_IMPLICIT: dict[str, Any] = {
    "timedelta_i32": datetime.timedelta(0),
    "timedelta_i64": datetime.timedelta(0),
    "error_code": ErrorCode.none,
    "bool": False,
    "string": "",
    "bytes": b"",
    "records": b"",
    "datetime_i64": datetime.datetime.fromtimestamp(0, datetime.UTC),
}


def _milliseconds(value: Any) -> Any:
    return value if isinstance(value, datetime.timedelta) else datetime.timedelta(milliseconds=value)


def _moment(value: Any) -> Any:
    """A time from milliseconds since the epoch; -1 is none."""
    if not isinstance(value, int):
        return value
    return None if value < 0 else datetime.datetime.fromtimestamp(value / 1000, datetime.UTC)


def _converter(field: dataclasses.Field[Any]) -> Callable[[Any], Any]:
    kind = field.metadata.get("kafka_type")
    annotation: Any = field.type
    if get_origin(annotation) is not tuple:  # unwrap `X | None`
        inner = [a for a in get_args(annotation) if a is not type(None)]
        if inner:
            annotation = inner[0]
    if get_origin(annotation) is tuple:
        element: Any = get_args(annotation)[0]
        if dataclasses.is_dataclass(element):
            return lambda values: None if values is None else tuple(build(element, v) for v in values)
        return lambda values: None if values is None else tuple(values)
    if dataclasses.is_dataclass(annotation):
        return lambda value: None if value is None else build(annotation, value)
    if kind in ("timedelta_i32", "timedelta_i64"):
        return _milliseconds
    if kind == "error_code":
        return ErrorCode
    if kind == "datetime_i64":
        return _moment
    return lambda value: value


@functools.cache
def _plan(entity: Any) -> tuple[tuple[str, Callable[[Any], Any], bool, bool, Any], ...]:
    plan: list[tuple[str, Callable[[Any], Any], bool, bool, Any]] = []
    for field in dataclasses.fields(entity):
        has_default = field.default is not dataclasses.MISSING
        implicit = _IMPLICIT.get(str(field.metadata.get("kafka_type")), 0)
        nullable = get_origin(field.type) is not tuple and type(None) in get_args(field.type)
        if get_origin(field.type) is tuple:
            implicit = ()
        elif nullable:
            implicit = None
        plan.append((field.name, _converter(field), has_default, nullable, implicit))
    return tuple(plan)


def build(entity: Any, values: Mapping[str, Any]) -> Any:
    """An instance of `entity` from `values`; durations and times are milliseconds, error codes integers."""
    arguments: dict[str, Any] = {}
    for name, convert, has_default, nullable, implicit in _plan(entity):
        if name in values and (nullable or values[name] is not None):  # a version may not know of null yet
            arguments[name] = convert(values[name])
        elif not has_default:
            arguments[name] = implicit
    return entity(**arguments)
