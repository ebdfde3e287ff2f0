"""query_string's text as a tree, by the grammar beside it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedToken

from clickstream_embedded.search.queries.syntax_faults import told

_LONGEST = 10_000
_DEEPEST = 50
_KINDS = {"TERM": "term", "BAREOPER": "term", "STAR": "any", "PREFIXTERM": "prefix", "WILDTERM": "wildcard",
          "REGEXPTERM": "regexp"}  # fmt: skip


class SyntaxFault(ValueError):
    """A text that is no query, in the parser's words; `kind` is the name of its error."""

    def __init__(self, reason: str, kind: str = "parse_exception") -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word, pattern, phrase or range. `kind` is term, prefix, wildcard, regexp, phrase, any or range."""

    kind: str
    field: str | None
    text: str = ""
    slop: str | None = None
    boost: float = 1.0
    low: str | None = None
    high: str | None = None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a group, with what stands before it: `AND`, `OR` or "", and `+`, `-` or ""."""

    conjunction: str
    modifier: str
    inner: Leaf | Group


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses beside each other."""

    clauses: tuple[Clause, ...]
    boost: float = 1.0


@functools.cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("query_string.lark").read_text("utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=True)


def unescaped(text: str) -> str:
    """Without the backslashes that make a character mean itself. Raises SyntaxFault."""
    if re.search(r"(?<!\\)(?:\\\\)*\\$", text):
        raise SyntaxFault("Term can not end with escape character.")
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


def parse(text: str) -> Group:
    """Raises SyntaxFault."""
    if not text.strip():
        return Group(())
    if len(text) > _LONGEST or text.count("(") > _DEEPEST * 4:
        raise SyntaxFault("it is too long")
    try:
        tree = _grammar().parse(text)
        return _group(tree.children[0], None, 0)  # type: ignore[arg-type]
    except (UnexpectedToken, UnexpectedCharacters) as error:
        raise SyntaxFault(*told(text, error)) from None
    except (LarkError, RecursionError) as error:
        raise SyntaxFault(str(error)) from None


def _number(token: object) -> float:
    return float(str(token)[1:]) if token is not None else 1.0


def _group(tree: Tree[Token], field: str | None, depth: int) -> Group:
    if depth > _DEEPEST:
        raise SyntaxFault(f"more than {_DEEPEST} groups within each other")
    clauses: list[Clause] = []
    words: list[bool] = []  # of each clause: whether it is one word, with nothing before or behind it
    for item in tree.children:
        *before, modifier, inner = item.children  # type: ignore[union-attr]
        conjunction = before[0] if before else None
        words.append(not conjunction and not modifier and _is_word(inner))  # type: ignore[arg-type]
        between = {"&&": "AND", "||": "OR"}.get(str(conjunction), str(conjunction)) if conjunction else ""
        sign = {"NOT": "-", "!": "-"}.get(str(modifier), str(modifier)) if modifier else ""
        clauses.append(Clause(between, sign, _inner(inner, field, depth)))  # type: ignore[arg-type]
    return Group(tuple(_joined(clauses, words)))


def _is_word(tree: Tree[Token]) -> bool:
    return tree.data == "single" and len(tree.children) == 1 and getattr(tree.children[0], "type", "") == "TERM"


def _joined(clauses: list[Clause], words: list[bool]) -> Iterator[Clause]:
    """Words beside each other are one text for a field (MultiTerm of the classic parser).

    The last of them stands alone where AND, OR or a star follows.
    """
    number = 0
    while number < len(clauses):
        end = number
        while end < len(clauses) and words[end]:
            end += 1
        if end < len(clauses) and end > number:
            following = clauses[end].inner
            is_star = isinstance(following, Leaf) and following.kind == "any" and not clauses[end].modifier
            end -= bool(clauses[end].conjunction) or is_star
        if end - number > 1:
            leaves = [each.inner for each in clauses[number:end]]
            text = " ".join(each.text for each in leaves if isinstance(each, Leaf))
            first = leaves[0]
            assert isinstance(first, Leaf)
            yield Clause("", "", Leaf("term", first.field, text))
            number = end
        else:
            yield clauses[number]
            number += 1


def _inner(tree: Tree[Token], field: str | None, depth: int) -> Leaf | Group:
    if tree.data == "fielded":
        name, inner = tree.children
        return _inner(inner, unescaped(str(name.children[0])), depth)  # type: ignore[union-attr, arg-type]
    if tree.data == "group":
        inner, boost = tree.children
        found = _group(inner, field, depth + 1)  # type: ignore[arg-type]
        return Group(found.clauses, _number(boost))
    if tree.data == "range":
        return _range(tree, field)
    token, *after = tree.children
    assert isinstance(token, Token)
    text = str(token)
    slop = next((str(each)[1:] for each in after if isinstance(each, Token) and each.type == "SLOP"), None)
    boost = _number(next((each for each in after if isinstance(each, Token) and each.type == "BOOST"), None))
    if tree.data == "phrase":
        return Leaf("phrase", field, unescaped(text[1:-1]), slop or None, boost)
    kind = _KINDS[token.type]
    if kind == "regexp":
        text = text[1:-1]
    elif kind == "prefix":
        text = unescaped(text[:-1])
    elif kind == "term":
        text = unescaped(text)
    return Leaf(kind, field, text, slop, boost)


def _range(tree: Tree[Token], field: str | None) -> Leaf:
    start, low, high, end, boost = tree.children

    def bound(token: object) -> str | None:
        text = str(token)
        if text.startswith('"') and text.endswith('"') and len(text) > 1:
            return unescaped(text[1:-1])
        return None if text == "*" else unescaped(text)

    return Leaf("range", field, "", None, _number(boost), bound(low), bound(high), start == "[", end == "]")
