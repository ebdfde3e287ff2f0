"""Texts as Java has them: sequences of UTF-16 code units."""

from __future__ import annotations

import re

_BLANKS = "".join(map(chr, range(0x21)))
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")


def units(text: str) -> str:
    """The text with each character beyond U+FFFF as its two code units."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(c if c <= "\uffff" else chr(0xD7C0 + (ord(c) >> 10)) + chr(0xDC00 + (ord(c) & 0x3FF)) for c in text)


def characters(text: str) -> str:
    """The inverse of `units`; half of a pair cannot be written as UTF-8 and is `?`, as Java's encoder has it."""
    if text.isascii() or not _LONE.search(text):
        return text
    joined = _PAIR.sub(lambda m: chr(0x10000 + ((ord(m[0][0]) - 0xD800) << 10) + ord(m[0][1]) - 0xDC00), text)
    return _LONE.sub("?", joined)


def trim(text: str) -> str:
    """`String.trim`: without what is not above U+0020 at both ends."""
    return text.strip(_BLANKS)


def order(text: str) -> str:
    """A key by which texts sort as `String.compareTo` has it."""
    return units(text)


_ESCAPE = re.compile(r"\\(?:u+\+?([0-9A-Fa-f]{4})|([0-3]?[0-7]{1,2})|(u)|(.))", re.DOTALL)
_PLAIN = {"b": "\b", "n": "\n", "t": "\t", "f": "\f", "r": "\r"}


def unescaped(text: str) -> str:
    """As commons-lang's `unescapeJava` reads escapes. Raises ValueError for a `\\u` without four digits."""

    def one(match: re.Match[str]) -> str:
        if match[3]:
            raise ValueError(f"Unable to parse unicode value: {text}")
        if match[1]:
            return chr(int(match[1], 16))
        return chr(int(match[2], 8)) if match[2] else _PLAIN.get(match[4], match[4])

    return characters(_ESCAPE.sub(one, text))
