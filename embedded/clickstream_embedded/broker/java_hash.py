"""Java's hash of a text, by which Kafka chooses places and by which its maps are in an order."""

from __future__ import annotations

from collections.abc import Iterable

_ROOM, _LOAD = 16, 0.75  # of a map of Java's: how many places it begins with, and how full it gets before it grows


def _hash(text: str) -> int:
    """`String.hashCode`, as an unsigned number of 32 bits."""
    data, number = text.encode("utf-16-be"), 0
    for place in range(0, len(data), 2):
        number = (number * 31 + int.from_bytes(data[place : place + 2], "big")) & 0xFFFFFFFF
    return number


def java_hash(text: str) -> int:
    """`String.hashCode` without its sign, as Kafka's `Utils.abs` has it."""
    number = _hash(text)
    return 0 if number == 0x80000000 else min(number, 2**32 - number)


def place_in_map(text: str, room: int = _ROOM) -> int:
    """Where a map of Java's with so many places has a text."""
    number = _hash(text)
    return (number ^ number >> 16) & (room - 1)


def in_map_order(texts: Iterable[str]) -> list[str]:
    """The texts as a map of Java's goes through them."""
    once, room = list(dict.fromkeys(texts)), _ROOM
    while len(once) > room * _LOAD:
        room *= 2
    return sorted(once, key=lambda text: place_in_map(text, room))
