"""The order in which a Java HashMap gives its keys: messages of the real worker show maps."""

from __future__ import annotations

from collections.abc import Collection


def string_hash(text: str) -> int:
    """`String.hashCode`, as an unsigned number of 32 bits."""
    value = 0
    units = text.encode("utf-16-be")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return value


def hash_order(keys: Collection[str], *, copied: bool = False, held: int = 0) -> list[str]:
    """Keys by their buckets; those of one bucket in the order that they came in.

    Args:
        keys: of the map.
        copied: whether the map is a copy of another one, which takes no more buckets than it needs.
        held: how many keys it held at most, as it never gives buckets back.
    """
    size = 1 if copied else 16
    while max(len(keys), held) > size * 3 // 4 or (copied and size < len(keys) / 0.75 + 1):
        size *= 2

    def bucket(key: str) -> int:
        value = string_hash(key)
        return (value ^ value >> 16) & (size - 1)

    return sorted(keys, key=bucket)
