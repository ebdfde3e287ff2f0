"""Java's hash of a text, by which Kafka chooses places."""

from __future__ import annotations


def java_hash(text: str) -> int:
    """`String.hashCode` without its sign, as Kafka's `Utils.abs` has it."""
    data, number = text.encode("utf-16-be"), 0
    for place in range(0, len(data), 2):
        number = (number * 31 + int.from_bytes(data[place : place + 2], "big")) & 0xFFFFFFFF
    return 0 if number == 0x80000000 else min(number, 2**32 - number)
