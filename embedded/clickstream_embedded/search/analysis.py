"""Analyzers: how a text becomes the terms that are searched for (the built-in ones of Elasticsearch)."""

from __future__ import annotations

import re
from collections.abc import Callable

# Unicode's word boundaries (UAX 29): letters stay together over . ' : and digits over . , ; between them
WORD = re.compile(r"\w+(?:(?<=[^\W\d_])[.'’:·](?=[^\W\d_])\w+|(?<=\d)[.,;'](?=\d)\w+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST = 255  # `max_token_length` of the standard tokenizer
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)


def standard(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return [word[start : start + _LONGEST] for word in words for start in range(0, len(word), _LONGEST)]


def simple(text: str) -> list[str]:
    return _LETTERS.findall(text.lower())


ANALYZERS: dict[str, Callable[[str], list[str]]] = {
    "standard": standard, "default": standard, "simple": simple, "whitespace": str.split,
    "keyword": lambda text: [text] if text else [], "stop": lambda text: [w for w in simple(text) if w not in STOP_WORDS],
}  # fmt: skip


Token = tuple[str, int, int]  # the term, where it begins and ends in the text


def spans(text: str, analyzer: str = "standard") -> list[Token]:
    """The terms of a text with their places in it."""
    if analyzer == "keyword":
        return [(text, 0, len(text))] if text else []
    if analyzer == "whitespace":
        return [(found[0], *found.span()) for found in re.finditer(r"\S+", text)]
    low = text.lower() if len(text.lower()) == len(text) else text
    pattern = _LETTERS if analyzer in ("simple", "stop") else WORD
    found = [(each[0], *each.span()) for each in pattern.finditer(low)]
    return [each for each in found if each[0] not in STOP_WORDS] if analyzer == "stop" else found
