"""Which partition a key belongs to: murmur2, as Kafka's default partitioner and Kafka Streams compute it."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """The 32-bit hash of `org.apache.kafka.common.utils.Utils.murmur2`, unsigned.

    Args:
        data: The serialized key.

    Returns:
        The hash, from 0 to 2^32 - 1.
    """
    found = _SEED ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        part = int.from_bytes(data[at : at + 4], "little") * _MULTIPLIER & _MASK
        part = (part ^ part >> 24) * _MULTIPLIER & _MASK
        found = found * _MULTIPLIER & _MASK ^ part
    if whole < len(data):
        found = (found ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    found = (found ^ found >> 13) * _MULTIPLIER & _MASK
    return found ^ found >> 15


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition of a serialized key among so many; 0 where there is no key."""
    return 0 if key is None else (murmur2(key) & 0x7FFFFFFF) % max(partitions, 1)
