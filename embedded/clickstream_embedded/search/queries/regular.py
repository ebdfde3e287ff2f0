"""Lucene's regular expressions (RegExp, all flags on), matched by derivatives: linear in the text, whatever the pattern."""

from __future__ import annotations

import functools
from dataclasses import dataclass

_MOST_STATES = 2_000
_MOST_REPEATS = 1_000


class PatternError(ValueError):
    """A pattern that is none."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a pattern: kind, parts, and for characters the ranges (from, to) that are meant."""

    kind: str
    parts: tuple[Node, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    nullable: bool = False


NOTHING = Node("none")
EMPTY = Node("empty", nullable=True)
_ANY = Node("set", ranges=((0, 0x10FFFF),))


def _then(left: Node, right: Node) -> Node:
    if NOTHING in (left, right):
        return NOTHING
    if left == EMPTY:
        return right
    if right == EMPTY:
        return left
    return Node("then", (left, right), nullable=left.nullable and right.nullable)


def _either(left: Node, right: Node) -> Node:
    if left in (NOTHING, right):
        return right
    if right == NOTHING:
        return left
    parts = {each for side in (left, right) for each in (side.parts if side.kind == "either" else (side,))}
    return Node("either", tuple(sorted(parts, key=hash)), nullable=left.nullable or right.nullable)


def _both(left: Node, right: Node) -> Node:
    if NOTHING in (left, right):
        return NOTHING
    return left if left == right else Node("both", (left, right), nullable=left.nullable and right.nullable)


def _not(inner: Node) -> Node:
    return inner.parts[0] if inner.kind == "not" else Node("not", (inner,), nullable=not inner.nullable)


def _star(inner: Node) -> Node:
    return (
        inner
        if inner.kind in ("star", "empty")
        else EMPTY
        if inner == NOTHING
        else Node("star", (inner,), nullable=True)
    )


def _set(*ranges: tuple[int, int]) -> Node:
    return Node("set", ranges=ranges)


def _derived(node: Node, letter: int) -> Node:
    match node.kind:
        case "set":
            return EMPTY if any(low <= letter <= high for low, high in node.ranges) else NOTHING
        case "then":
            left, right = node.parts
            first = _then(_derived(left, letter), right)
            return _either(first, _derived(right, letter)) if left.nullable else first
        case "either":
            found = NOTHING
            for each in node.parts:
                found = _either(found, _derived(each, letter))
            return found
        case "both":
            return _both(_derived(node.parts[0], letter), _derived(node.parts[1], letter))
        case "not":
            return _not(_derived(node.parts[0], letter))
        case "star":
            return _then(_derived(node.parts[0], letter), node)
        case _:
            return NOTHING


# the operators that may be switched off, as Lucene's RegExp numbers them
FLAGS = {
    "INTERSECTION": 0x01,
    "COMPLEMENT": 0x02,
    "EMPTY": 0x04,
    "ANYSTRING": 0x08,
    "INTERVAL": 0x20,
    "ALL": 0xFFFF,
    "NONE": 0,
}
_SWITCHED = {
    "&": FLAGS["INTERSECTION"],
    "~": FLAGS["COMPLEMENT"],
    "#": FLAGS["EMPTY"],
    "@": FLAGS["ANYSTRING"],
    "<": FLAGS["INTERVAL"],
}


class _Parser:
    """Recursive descent over the documented syntax: | & concatenation ? * + {n,m} ~ [] () <n-m> @ # . \" \\ ."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._at = 0
        self._plain = {
            letter for letter, flag in _SWITCHED.items() if not flags & flag
        }  # operators that are letters here

    def whole(self) -> Node:
        if not self._text:
            return EMPTY
        found = self._union()
        if self._at < len(self._text):
            raise PatternError(f"end-of-string expected at position {self._at}")
        return found

    def _more(self, letters: str = "") -> bool:
        return self._at < len(self._text) and (not letters or self._text[self._at] in letters)

    def _take(self, letter: str) -> bool:
        if self._more(letter):
            self._at += 1
            return True
        return False

    def _next(self) -> str:
        if not self._more():
            raise PatternError("unexpected end-of-string")
        self._at += 1
        return self._text[self._at - 1]

    def _union(self) -> Node:
        found = self._intersection()
        while self._take("|"):
            found = _either(found, self._intersection())
        return found

    def _intersection(self) -> Node:
        found = self._concatenation()
        while "&" not in self._plain and self._take("&"):
            found = _both(found, self._concatenation())
        return found

    def _concatenation(self) -> Node:
        parts = [self._repeated()]
        ends = ")|" if "&" in self._plain else ")|&"
        while self._more() and not self._more(ends):
            parts.append(self._repeated())
        found = EMPTY
        for each in reversed(parts):
            found = _then(each, found)
        return found

    def _repeated(self) -> Node:
        found = self._complement()
        while self._more("?*+{"):
            letter = self._next()
            if letter == "?":
                found = _either(found, EMPTY)
            elif letter == "*":
                found = _star(found)
            elif letter == "+":
                found = _then(found, _star(found))
            else:
                found = self._counted(found)
        return found

    def _digits(self) -> int:
        start = self._at
        while self._more("0123456789"):
            self._at += 1
        if start == self._at:
            raise PatternError(f"integer expected at position {self._at}")
        return int(self._text[start : self._at])

    def _counted(self, inner: Node) -> Node:
        low = self._digits()
        high: int | None = low
        if self._take(","):
            high = None if self._more("}") else self._digits()
        if not self._take("}"):
            raise PatternError(f"expected '}}' at position {self._at}")
        if max(low, high or 0) > _MOST_REPEATS:
            raise PatternError(f"more than {_MOST_REPEATS} repeats")
        found = _star(inner) if high is None else EMPTY
        for _ in range((high or low) - low if high is not None else 0):
            found = _either(_then(inner, found), EMPTY)
        for _ in range(low):
            found = _then(inner, found)
        return found

    def _complement(self) -> Node:
        return _not(self._complement()) if "~" not in self._plain and self._take("~") else self._class()

    def _class(self) -> Node:
        if not self._take("["):
            return self._simple()
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while (self._more() and not self._more("]")) or not ranges:
            low = ord(self._letter())
            high = low
            if self._take("-"):
                if self._more("]"):
                    ranges.append((ord("-"), ord("-")))
                else:
                    high = ord(self._letter())
            ranges.append((low, high))
        if not self._take("]"):
            raise PatternError(f"expected ']' at position {self._at}")
        return _both(_ANY, _not(_set(*ranges))) if negated else _set(*ranges)

    def _letter(self) -> str:
        found = self._next()
        return self._next() if found == "\\" else found

    def _simple(self) -> Node:
        letter = self._next()
        if letter in self._plain:
            return _set((ord(letter), ord(letter)))
        if letter == ".":
            return _ANY
        if letter == "#":
            return NOTHING
        if letter == "@":
            return _star(_ANY)
        if letter == '"':
            end = self._text.find('"', self._at)
            if end < 0:
                raise PatternError(f"expected '\"' at position {self._at}")
            found, text = EMPTY, self._text[self._at : end]
            self._at = end + 1
            for each in reversed(text):
                found = _then(_set((ord(each), ord(each))), found)
            return found
        if letter == "(":
            if self._take(")"):
                return EMPTY
            found = self._union()
            if not self._take(")"):
                raise PatternError(f"expected ')' at position {self._at}")
            return found
        if letter == "<":
            return self._interval()
        if letter == "\\":
            letter = self._next()
        return _set((ord(letter), ord(letter)))

    def _interval(self) -> Node:
        end = self._text.find(">", self._at)
        low, dash, high = self._text[self._at : max(end, self._at)].partition("-")
        if end < 0 or not dash or not low.isdigit() or not high.isdigit():
            raise PatternError(f"interval syntax error at position {self._at - 1}")
        if abs(int(high) - int(low)) > _MOST_REPEATS:
            raise PatternError(f"more than {_MOST_REPEATS} numbers in an interval")
        self._at = end + 1
        width = len(low) if len(low) == len(high) else 0
        found = NOTHING
        for number in range(min(int(low), int(high)), max(int(low), int(high)) + 1):
            text, one = str(number).zfill(width), EMPTY
            for each in reversed(text):
                one = _then(_set((ord(each), ord(each))), one)
            found = _either(found, one)
        return found


class Pattern:
    """A pattern ready to match whole texts."""

    def __init__(self, text: str, flags: int = FLAGS["ALL"]) -> None:
        """Raises PatternError."""
        self._start = _Parser(text, flags).whole()
        self._steps: dict[tuple[Node, str], Node] = {}

    def matches(self, text: str) -> bool:
        node = self._start
        for letter in text:
            step = self._steps.get((node, letter))
            if step is None:
                step = _derived(node, ord(letter))
                if len(self._steps) > _MOST_STATES:
                    self._steps.clear()
                self._steps[node, letter] = step
            node = step
            if node == NOTHING:
                return False
        return node.nullable


@functools.lru_cache(128)
def compiled(text: str, flags: int = FLAGS["ALL"]) -> Pattern:
    """Raises PatternError."""
    try:
        return Pattern(text, flags)
    except RecursionError:
        raise PatternError("the pattern is too deep") from None


def fits(value: object, pattern: str, flags: int = FLAGS["ALL"]) -> int:
    """Whether the text matches. A function of the database."""
    return int(value is not None and compiled(pattern, flags).matches(str(value)))
