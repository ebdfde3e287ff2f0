"""Keys and values of state as bytes, many at once."""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec

from clickstream_embedded.ksqldb.operators.operator import hashable

_MARSHAL = 4  # a format that every Python of today reads; what is there twice is written once
_SCALARS = {int, str, float, bool, bytes, type(None)}
_encode = msgspec.msgpack.Encoder().encode


def dump_values(values: Iterable[Any]) -> list[bytes]:
    return list(map(dump_value, values))


def dump_value(value: Any) -> bytes:
    """Bytes of a value: marshal, which is five times faster, where it knows all types in it; else pickle."""
    try:
        return b"m" + marshal.dumps(value, _MARSHAL)
    except ValueError:
        return b"p" + pickle.dumps(value, 5)


def load_value(data: bytes) -> Any:
    kept = memoryview(data)[1:]
    return marshal.loads(kept) if data[:1] == b"m" else pickle.loads(kept)  # noqa: S301, S302 - our own file


def dump_keys(keys: Sequence[Any]) -> list[bytes]:
    """Bytes of keys, which equal keys have in common; of marshal and pickle that is not true."""
    return list(map(_encode, keys if _are_flat(keys) else map(_plain, keys)))


def load_key(data: bytes) -> Any:
    key = _rebuilt(msgspec.msgpack.decode(data))
    return hashable(key) if isinstance(key, tuple) else key


def _are_flat(keys: Sequence[Any]) -> bool:
    """Whether keys are scalars, tuples of scalars, or windows' starts with such tuples: those need no conversion."""
    kinds = set(map(type, keys))
    for _ in range(2):
        if tuple in kinds:
            keys = list(chain.from_iterable(key for key in keys if type(key) is tuple))
            kinds = kinds - {tuple} | set(map(type, keys))
    return kinds <= _SCALARS


def _plain(value: Any) -> Any:
    """A key in arrays and scalars only: what is no tuple and no scalar is wrapped in a map."""
    if type(value) is tuple:
        return [_plain(part) for part in value]
    if isinstance(value, list):
        return {"list": [_plain(part) for part in value]}
    if isinstance(value, dict):
        return {"dict": [[_plain(key), _plain(part)] for key, part in value.items()]}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _rebuilt(value: Any) -> Any:
    match value:
        case list():
            return tuple(_rebuilt(part) for part in value)
        case {"list": parts}:
            return [_rebuilt(part) for part in parts]
        case {"dict": pairs}:
            return {_rebuilt(key): _rebuilt(part) for key, part in pairs}
        case {"decimal": text}:
            return Decimal(text)
        case _:
            return value
