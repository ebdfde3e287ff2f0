"""Numbers as Java's float and long hold and write them."""

from __future__ import annotations

import struct

LONGEST = 2**63 - 1
RANGES = {"byte": 2**7, "short": 2**15, "integer": 2**31, "long": 2**63}


def kept(value: float, kind: str) -> float:
    """A number as a field of its kind keeps it: `float` has 32 bits, `half_float` 16, and the values are rounded to them."""
    if kind != "half_float":
        return single(value) if kind == "float" else value
    try:
        return struct.unpack("<e", struct.pack("<e", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def single(value: float) -> float:
    """The nearest float of 32 bits, as a double. Infinite where it is too large."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def written_single(value: float) -> float:
    """The double whose shortest decimal is that of the float of 32 bits: how Float.toString writes it."""
    exact = single(value)
    for digits in range(6, 10):
        shown = float(f"{exact:.{digits}g}")
        if single(shown) == exact:
            return shown
    return exact


def java_double(value: float) -> str:
    """A double as Double.toString writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if size == 0 or 1e-3 <= size < 1e7:
        text = repr(value)
        return text if "e" not in text else f"{value:f}"
    mantissa, _, power = f"{value!r}".partition("e")
    if not power:
        mantissa, _, power = f"{value:.16e}".partition("e")
        for digits in range(1, 17):
            shown = f"{value:.{digits}e}"
            if float(shown) == value:
                mantissa, _, power = shown.partition("e")
                break
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(power)}"


def murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3 (x86, 32 bits) as Lucene has it, a signed number."""
    value, mask = seed, 0xFFFFFFFF
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        value ^= _scrambled(int.from_bytes(data[at : at + 4], "little"))
        value = ((value << 13) | (value >> 19)) & mask
        value = (value * 5 + 0xE6546B64) & mask
    if len(data) > whole:
        value ^= _scrambled(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & mask
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & mask
    value ^= value >> 16
    return value - (1 << 32) if value >= 1 << 31 else value


def _scrambled(part: int) -> int:
    part = (part * 0xCC9E2D51) & 0xFFFFFFFF
    part = ((part << 15) | (part >> 17)) & 0xFFFFFFFF
    return (part * 0x1B873593) & 0xFFFFFFFF


def hash_of_long(value: int) -> int:
    """The hash by which whole numbers are parted (hppc's BitMixer.mix64)."""
    mask = (1 << 64) - 1
    value &= mask
    value = ((value ^ (value >> 32)) * 0x4CD6944C5CC20B6D) & mask
    value = ((value ^ (value >> 29)) * 0xFC12C5B19D3259E9) & mask
    value ^= value >> 32
    return value - (1 << 64) if value >= 1 << 63 else value
