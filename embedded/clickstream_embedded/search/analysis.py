"""Analyzers: how a text becomes the terms that are searched for (the built-in ones of Elasticsearch)."""

from __future__ import annotations

import re
from collections.abc import Callable

# Unicode's word boundaries (UAX 29): letters stay together over . ' : and digits over . , ; between them
_WORD = re.compile(r"\w+(?:(?<=[^\W\d_])[.'’:·](?=[^\W\d_])\w+|(?<=\d)[.,;'](?=\d)\w+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST = 255  # `max_token_length` of the standard tokenizer
_STOP = frozenset(
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
    words = _WORD.findall(text.lower())
    return [word[start : start + _LONGEST] for word in words for start in range(0, len(word), _LONGEST)]


def simple(text: str) -> list[str]:
    return _LETTERS.findall(text.lower())


ANALYZERS: dict[str, Callable[[str], list[str]]] = {
    "standard": standard, "default": standard, "simple": simple, "whitespace": str.split,
    "keyword": lambda text: [text] if text else [], "stop": lambda text: [w for w in simple(text) if w not in _STOP],
}  # fmt: skip


def tokens(texts: list[str], analyzer: str = "standard") -> list[dict[str, object]]:
    """The answer of `_analyze`: each token with its place, those of a further text after those before."""
    found: list[dict[str, object]] = []
    base, place = 0, 0
    named = analyzer in ("standard", "default")
    for text in texts:
        start = 0
        low = text if analyzer in ("whitespace", "keyword") else text.lower()
        for token in simple(text) if analyzer == "stop" else ANALYZERS[analyzer](text):
            start = max(low.find(token, start), 0)
            kind = ("<NUM>" if token[0].isdigit() else "<ALPHANUM>") if named else "word"
            end = start + len(token)
            place += 1
            if analyzer == "stop" and token in _STOP:  # its position stays empty
                start = end
                continue
            found.append(
                {
                    "token": token,
                    "start_offset": base + start,
                    "end_offset": base + end,
                    "type": kind,
                    "position": place - 1,
                }
            )
            start = end
        base += len(text) + 1
    return found
