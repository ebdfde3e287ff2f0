"""What each stretch of a text of statements is, for an editor that colours it: pure, and of unfinished text too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from clickstream_ksql.keywords import KEYWORDS

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>'(?:[^']|'')*(?:'|\Z))"""
    r"""|(?P<name>`(?:[^`]|``)*(?:`|\Z)|"(?:[^"]|"")*(?:"|\Z)|\$\{\w*\}?)"""
    r"""|(?P<number>(?<![\w@])\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_@][\w@]*)(?P<call>\s*\()?""",
    re.DOTALL,
)


class Stretch(NamedTuple):
    """From and to, by character; `kind` is keyword, function, text, number, name (quoted, or a variable) or comment."""

    start: int
    stop: int
    kind: str


def stretches(text: str) -> Iterator[Stretch]:
    """The stretches of a text in their order; plain names, operators and blanks are none.

    Args:
        text: any number of statements, finished or not: a quote that is not closed goes on to the end.

    Yields:
        What the grammar's lexer takes each for. A word before a bracket that is a keyword too (`COUNT` is none, `CAST` is
        one) stays a keyword.
    """
    for token in _TOKEN.finditer(text):
        kind = str(token.lastgroup)
        if kind in ("word", "call"):
            if token["word"].upper() in KEYWORDS:
                yield Stretch(token.start("word"), token.end("word"), "keyword")
            elif token["call"]:
                yield Stretch(token.start("word"), token.end("word"), "function")
        else:
            yield Stretch(token.start(), token.end(), kind)
