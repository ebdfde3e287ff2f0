"""query_string's text as a tree, by the grammar beside it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

_LONGEST = 10_000
_DEEPEST = 50
_KINDS = {"TERM": "term", "BAREOPER": "term", "STAR": "any", "PREFIXTERM": "prefix", "WILDTERM": "wildcard",
          "REGEXPTERM": "regexp"}  # fmt: skip


class SyntaxFault(ValueError):
    """A text that is no query, in the parser's words."""


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
        raise SyntaxFault(f"Cannot parse '{text[:100]}…': it is too long")
    try:
        tree = _grammar().parse(text)
        return _group(tree.children[0], None, 0)  # type: ignore[arg-type]
    except UnexpectedEOF:
        raise SyntaxFault(_encountered(text, "<EOF>", len(text))) from None
    except UnexpectedToken as error:
        ended = error.token.type == "$END"
        shown = "<EOF>" if ended else _named(error.token)
        raise SyntaxFault(_encountered(text, shown, len(text) if ended else (error.token.start_pos or 0))) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream
        rest = text[at : at + 1]
        if rest in ('"', "/"):
            raise SyntaxFault(f"Cannot parse '{text}': Lexical error at line 1, column {len(text) + 1}.  Encountered: <EOF> "
                              f"after : {_quoted(text[at:])}") from None  # fmt: skip
        raise SyntaxFault(_encountered(text, f"{_quoted(rest)} {_quoted(rest + ' ')}".split(" ")[0], at)) from None
    except (LarkError, RecursionError) as error:
        raise SyntaxFault(f"Cannot parse '{text}': {error}") from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(token: Token) -> str:
    names = {"CONJUNCTION": f"<{'AND' if token in ('AND', '&&') else 'OR'}>", "TERM": "<TERM>", "QUOTED": "<QUOTED>",
             "BOOST": '"^"', "SLOP": "<FUZZY_SLOP>"}  # fmt: skip
    name = names.get(token.type)
    return f'" {name} {_quoted(str(token) + " ")}"' if name else f'" {_quoted(str(token))} {_quoted(str(token) + " ")}"'


def _encountered(text: str, shown: str, at: int) -> str:
    shown = f'"{shown}"' if shown == "<EOF>" else shown
    return f"Cannot parse '{text}': Encountered {shown} at line 1, column {at}."


def _number(token: object) -> float:
    return float(str(token)[1:]) if token is not None else 1.0


def _group(tree: Tree[Token], field: str | None, depth: int) -> Group:
    if depth > _DEEPEST:
        raise SyntaxFault(f"more than {_DEEPEST} groups within each other")
    clauses: list[Clause] = []
    for item in tree.children:
        conjunction, modifier, inner = item.children  # type: ignore[union-attr]
        before = {"&&": "AND", "||": "OR"}.get(str(conjunction), str(conjunction)) if conjunction else ""
        sign = {"NOT": "-", "!": "-"}.get(str(modifier), str(modifier)) if modifier else ""
        clauses.append(Clause(before, sign, _inner(inner, field, depth)))  # type: ignore[arg-type]
    return Group(tuple(clauses))


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
