"""What the broker reads of the records within a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream_embedded.broker.batches import marker
from clickstream_embedded.broker.records import keyless, varint

_HEADER = marker(1, 0, 0, committed=True)[0]
_RECORD = st.tuples(
    st.integers(-(2**40), 2**40),
    st.none() | st.integers(0, 200).map(lambda size: b"\xff" * size),
    st.none() | st.sampled_from([0, 1, 30, 60, 120, 8150, 8300, 20_000]).map(lambda size: b"\x01" * size),
)  # time, key, value


def _zigzag(number: int) -> bytes:
    number = number * 2 if number >= 0 else -number * 2 - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _sized(data: bytes | None) -> bytes:
    return _zigzag(-1) if data is None else _zigzag(len(data)) + data


def _payload(records: list[Any]) -> bytes:
    bodies = [
        b"\0" + _zigzag(time) + _zigzag(place) + _sized(key) + _sized(value) + b"\0"
        for place, (time, key, value) in enumerate(records)
    ]
    return b"".join(map(_sized, bodies))


@given(st.lists(_RECORD, min_size=1, max_size=150))
def test_records_without_a_key_are_found(records: list[Any]) -> None:
    header = replace(_HEADER, count=len(records))
    expected = [place for place, (_, key, _) in enumerate(records) if key is None]
    assert list(keyless(header, _payload(records))) == expected


@given(st.lists(_RECORD, min_size=1, max_size=3), st.data())
def test_records_that_are_cut_short_are_refused(records: list[Any], data: st.DataObject) -> None:
    whole = _payload(records)
    last = len(_payload(records[:-1]))  # what is behind the last key's length does not matter here
    cut = data.draw(st.integers(0, min(last + 1, len(whole) - 1)))
    with pytest.raises(IndexError):
        list(keyless(replace(_HEADER, count=len(records)), whole[:cut]))


@given(st.integers(-(2**62), 2**62))
def test_numbers_come_back(number: int) -> None:
    data = _zigzag(number)
    assert varint(data, 0) == (number, len(data))
