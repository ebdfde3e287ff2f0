"""simple_query_string: a syntax that no text is wrong in (Lucene's SimpleQueryParser)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clickstream_embedded.search.errors import illegal
from clickstream_embedded.search.queries.base import ALL, Sql
from clickstream_embedded.search.queries.compound import least_of, summed
from clickstream_embedded.search.queries.syntax import Leaf

_FLAGS = {"AND", "OR", "NOT", "PREFIX", "PHRASE", "PRECEDENCE", "ESCAPE", "WHITESPACE", "FUZZY", "NEAR", "SLOP"}
_DEEPEST = 50


def flags_of(written: Any) -> set[str]:
    """The operators that are switched on. Raises SearchError."""
    found: set[str] = set()
    for each in str(written).split("|"):
        name = each.strip().upper()
        if name in ("ALL", "-1", ""):
            found |= _FLAGS
        elif name in _FLAGS:
            found |= {"NEAR", "SLOP"} if name in ("NEAR", "SLOP") else {name}
        elif name != "NONE":
            raise illegal(f"Unknown simple_query_string flag [{each}]")
    return found


class _Node:
    """A tree under construction: one operator over parts."""

    def __init__(self, operator: str, parts: list[Sql]) -> None:
        self.operator = operator
        self.parts = parts

    def sql(self, least: Any = None) -> Sql:
        if len(self.parts) == 1:
            return self.parts[0]
        if self.operator == "AND":
            return summed(self.parts)
        return summed([], self.parts, max(least_of(least, len(self.parts)), 1) if least is not None else 1)


class _Reader:
    def __init__(self, text: str, flags: set[str], leaf: Callable[[Leaf], Sql | None], operator: str) -> None:
        self._text = text
        self._flags = flags
        self._leaf = leaf
        self._operator = operator
        self._at = 0

    def group(self, depth: int = 0) -> _Node | None:
        """Reads to the end or to the bracket that closes."""
        top: _Node | None = None
        current: str | None = None
        negations = 0
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter == "-" and "NOT" in self._flags:
                self._at += 1
                negations += 1
                continue
            if letter == "+" and "AND" in self._flags:
                self._at += 1
                current = current or ("AND" if top is not None else None)
                continue
            if letter == "|" and "OR" in self._flags:
                self._at += 1
                current = current or ("OR" if top is not None else None)
                continue
            if letter.isspace() and "WHITESPACE" in self._flags:
                self._at += 1
                negations = 0
                continue
            if letter in "()" and "PRECEDENCE" in self._flags:
                self._at += 1
                if letter == ")":
                    if depth:
                        break
                    continue
                inner = self.group(depth + 1) if depth < _DEEPEST else None
                branch = inner.sql() if inner is not None else None
            elif letter == '"' and "PHRASE" in self._flags and self._text.find('"', self._at + 1) > 0:
                branch = self._phrase()
            else:
                branch = self._word()
            if branch is None:
                continue
            if negations % 2:
                branch = Sql(branch.negated().where, branch.values, "1.0")
            negations = 0
            top = self._joined(top, current or self._operator, branch)
            current = None
        return top

    @staticmethod
    def _joined(top: _Node | None, operator: str, branch: Sql) -> _Node:
        if top is None:
            return _Node("", [branch])
        if top.operator and top.operator != operator:
            return _Node(operator, [top.sql(), branch])
        return _Node(operator, [*top.parts, branch])

    def _phrase(self) -> Sql | None:
        end = self._at + 1
        while end < len(self._text) and self._text[end] != '"':
            end += 2 if self._text[end] == "\\" and "ESCAPE" in self._flags else 1
        text = self._text[self._at + 1 : end]
        self._at = end + 1
        slop = re.match(r"~(\d+)", self._text[self._at :]) if self._flags & {"NEAR", "SLOP"} else None
        if slop:
            self._at += slop.end()
        return self._leaf(Leaf("phrase", None, re.sub(r"\\(.)", r"\1", text), slop[1] if slop else None))

    def _word(self) -> Sql | None:
        ends = ""
        ends += "|" if "OR" in self._flags else ""
        ends += "+" if "AND" in self._flags else ""
        ends += '"' if "PHRASE" in self._flags else ""
        ends += "()" if "PRECEDENCE" in self._flags else ""
        out: list[str] = []
        starred = False
        start = self._at
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter == "\\" and "ESCAPE" in self._flags and self._at + 1 < len(self._text):
                self._at += 1
                out.append(self._text[self._at])
                self._at += 1
                starred = False
                continue
            if (letter in ends and self._at > start) or (letter.isspace() and "WHITESPACE" in self._flags):
                break
            out.append(letter)
            starred = letter == "*"
            self._at += 1
        text = "".join(out)
        fuzzy = re.search(r"~(\d*)$", text) if "FUZZY" in self._flags else None
        if fuzzy and fuzzy.start():
            return self._leaf(Leaf("term", None, text[: fuzzy.start()], fuzzy[1] or "2"))
        if text == "*" and starred:
            return ALL
        if starred and "PREFIX" in self._flags:
            return self._leaf(Leaf("prefix", None, text[:-1]))
        return self._leaf(Leaf("term", None, text))


def build(text: str, flags: set[str], leaf: Callable[[Leaf], Sql | None], operator: str, least: Any) -> Sql | None:
    """The condition of the text; None where nothing in it means anything."""
    if text.strip() in ("*", ""):
        return ALL if text.strip() else None
    found = _Reader(text, flags, leaf, operator).group()
    return found.sql(least) if found is not None else None
