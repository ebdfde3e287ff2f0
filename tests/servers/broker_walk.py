"""A walk over the protocol: of each API's request one field at a time gets every kind of value that its type has.

`broker_walk_bases` says what a request of each API looks like that is in order. From it come: the same in every
version; with one field changed, at any depth, in the highest version and in the lowest; each list empty, null, doubled.
"""

from __future__ import annotations

import dataclasses
import io
import struct
import uuid
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from kio.serial import entity_writer
from kio.serial.errors import OutOfBoundValue

from clickstream_embedded.broker import legacy
from clickstream_embedded.broker.entities import build
from tests.servers.kafka_wire import Request, Wire

TOPIC_ID = uuid.UUID(int=0xFEED)  # stands for the id that the broker gave the topic of the walk
MEMBER, PRODUCER = "MEMBER", 7_700_001  # stand for ids that the broker gave
FRESH = "FRESH"  # stands for a name that no request before had
_UNSET = object()
_AFTER, _TWICE = " after one", "doubled"
_SHORT, _LONG = 0.5, 3.0  # seconds that an answer is waited for

_TEXTS = ("", "nope", "x" * 300, "a b/é")
_NUMBERS = {
    "int8": (-2, -1, 0, 1, 2, 3, 127), "int16": (-2, -1, 0, 1, 2, 3, 2**15 - 1),
    "int32": (-(2**31), -2, -1, 0, 1, 2, 2**31 - 1), "int64": (-(2**63), -3, -2, -1, 0, 1, 2, 2**63 - 1),
    "float64": (-1.0, 0.0, 0.5, 1e18), "uint16": (0, 65535), "timedelta_i64": (-1, 0, 1, 2**40),
}  # fmt: skip
_IDS = (None, uuid.UUID(int=77), uuid.UUID(int=1), TOPIC_ID)


@dataclasses.dataclass(frozen=True, slots=True)
class Base:
    """A request that is in order.

    Attributes:
        key: Of the API.
        versions: The lowest and the highest of Kafka 3.9.
        fields: By name, as of the highest version; `old` are those that lower versions name otherwise.
        name: Where an API has several.
        kept: Fields that are not changed: what they mean is time, the end of the broker, or other answers ever after.
    """

    key: int
    versions: tuple[int, int]
    fields: dict[str, Any]
    old: dict[str, Any] = dataclasses.field(default_factory=dict)
    name: str = ""
    kept: tuple[str, ...] = ()
    walked: bool = True  # False: sent as it is, in the highest version only
    alone: bool = False  # True: no list gets a second element, to which Kafka 3.9 never answers, or falls


def _unwrapped(kind: Any) -> tuple[Any, bool]:
    """(a field's type without its None, whether it may be None)."""
    if get_origin(kind) in (Union, UnionType):
        arguments = get_args(kind)
        return next(each for each in arguments if each is not type(None)), type(None) in arguments
    return kind, False


def _values(kind: str, given: Any) -> Iterator[Any]:
    """What a field of a primitive type may hold."""
    if kind == "string":
        yield from _TEXTS
    elif kind in _NUMBERS:
        yield from _NUMBERS[kind]
    elif kind == "bool":
        yield not given
    elif kind == "uuid":
        yield from _IDS
    elif kind in ("bytes", "records"):
        yield from (b"", b"x", bytes(70))
        if given:
            yield from (given[:-1], given[:-1] + bytes([given[-1] ^ 1]), given + given)


def _of_lists(field: dataclasses.Field[Any], given: Any, element: Any) -> Iterator[tuple[str, Any]]:
    yield "empty", ()
    if not given:
        return
    yield _TWICE, [given[0], given[0]]
    if dataclasses.is_dataclass(element):
        for name, value in variants(element, given[0]):
            yield name, [value, *given[1:]]
            if not name.endswith(_AFTER):
                yield name + _AFTER, [given[0], value]
        return
    for value in _values(str(field.metadata.get("kafka_type")), given[0]):
        yield repr(value)[:30], [value]
        yield f"{value!r:.30}{_AFTER}", [given[0], value]


def variants(entity: Any, fields: dict[str, Any], kept: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what is other, the fields) for each way in which one field is changed."""
    for field in dataclasses.fields(entity):
        given = fields.get(field.name, _UNSET)
        if field.name in kept or given is _UNSET:
            continue
        kind, nullable = _unwrapped(field.type)
        of = str(field.metadata.get("kafka_type"))
        # Kafka 3.9 answers nothing at all to records that are null
        changes: list[tuple[str, Any]] = [("null", None)] if nullable and given is not None and of != "records" else []
        if get_origin(kind) is tuple:
            changes += _of_lists(field, given, get_args(kind)[0])
        elif dataclasses.is_dataclass(kind):
            changes += list(variants(kind, given)) if given is not None else []
        else:
            changes += [(repr(value)[:30], value) for value in _values(of, given) if value != given]
        for name, value in changes:
            yield f"{field.name} {name}", {**fields, field.name: value}


def _can_be_sent(key: int, version: int, fields: dict[str, Any]) -> bool:
    schema = legacy.request_schema(key, version)
    try:
        entity_writer(schema)(io.BytesIO(), build(schema, fields))
    except (TypeError, ValueError, struct.error, AttributeError, OverflowError, OutOfBoundValue):
        return False
    return True


def requests(bases: tuple[Base, ...]) -> Iterator[Request]:
    """All requests that come from the bases, in their order."""
    for base in bases:
        low, high = base.versions
        kind = f"walk {base.key}"
        label = base.name or "as it is"
        yield Request(kind, label, base.key, high, base.fields)
        if not base.walked:
            continue
        for version in range(low, high):
            yield Request(kind, label, base.key, version, {**base.fields, **base.old})
        for version in sorted({low, high}, reverse=True):
            fields = base.fields if version == high else {**base.fields, **base.old}
            for name, changed in variants(legacy.request_schema(base.key, version), fields, base.kept):
                if base.alone and name.endswith((_AFTER, _TWICE)):
                    continue
                if _can_be_sent(base.key, version, changed):
                    yield Request(kind, f"{base.name} {name}", base.key, version, changed)


def beyond(highest: dict[int, int]) -> Iterator[Request]:
    """Versions that are none, and APIs that a broker has not: by their frame alone."""
    for key, version in highest.items():
        yield Request("walk versions", "beyond", key, version + 1, {})
    for key in (4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 71, 72, 73, 76, 77, 78, 79, 82, 83, 84, 85, 86, 87,
                88, 89, 90, 999, -1):  # fmt: skip
        yield Request("walk versions", "not a broker's", key, 0, {})


class Walker:
    """Asks one broker, and knows the ids that it gave.

    Args:
        wire: The connection.
        topic: Whose id stands for `TOPIC_ID`.
    """

    def __init__(self, wire: Wire, topic: str) -> None:
        self._wire, self._topic = wire, topic
        self._known: dict[Any, Any] = {}
        self._fresh = 0

    def reconnect(self, wire: Wire) -> None:
        """Goes on over another connection."""
        self._wire.close()
        self._wire = wire

    def close(self) -> None:
        self._wire.close()

    def ask(self, request: Request) -> Any:
        """The answer. Raises ConnectionError where the broker closes instead."""
        if request.kind == "walk versions":
            head = struct.pack(">hhi", request.key, request.version, 1) + struct.pack(">h", 1) + b"w\0"
            return self._wire.raw(head + bytes(8)).hex()
        is_silent = request.key == 0 and request.fields["acks"] == 0
        self._wire.patience(_SHORT if is_silent else _LONG)
        try:
            answer = self._wire.ask(request.key, request.version, self._filled(request.fields))
        except OutOfBoundValue as error:  # a time that is none
            return type(error).__name__
        if request.key == 11 and answer.get("member_id"):
            self._known[MEMBER] = answer["member_id"]
        if request.key == 22 and answer.get("producer_id", -1) >= 0:
            self._known[PRODUCER] = answer["producer_id"]
        if request.key == 19 and any(topic["name"] == self._topic for topic in request.fields["topics"]):
            self._known[TOPIC_ID] = self._id()
        return answer

    def _id(self) -> uuid.UUID:
        asked = {"topics": [{"name": self._topic, "topic_id": None}], "allow_auto_topic_creation": False}
        return uuid.UUID(self._wire.ask(3, 12, asked)["topics"][0]["topic_id"] or str(uuid.UUID(int=0)))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(each) for each in value]
        if value == FRESH:
            self._fresh += 1
            return f"{FRESH}{self._fresh}"
        if isinstance(value, str | int | uuid.UUID) and not isinstance(value, bool):
            return self._known.get(value, value)
        return value
