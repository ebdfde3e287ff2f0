"""What the classic query parser says of a text that is none: what it met, where, and what it expected instead.

The sets of expected tokens are those of Lucene's generated parser (QueryParser, 8.3), by the tokens before the fault.
"""

from __future__ import annotations

import re

from lark.exceptions import UnexpectedCharacters, UnexpectedToken

_REST = ("<PREFIXTERM>", "<WILDTERM>", "<REGEXPTERM>", '"["', '"{"', "<NUMBER>")
_SIGNS = ("<NOT>", '"+"', '"-"')
_CLAUSE = ("<BAREOPER>", '"("', '"*"', "<QUOTED>", "<TERM>", *_REST)
_CHARACTER = r"""(?:[^\s!(){}\[\]^"~*?:\\/]|\\.)"""
_START = r"""(?:[^\s+\-!(){}\[\]^"~*?:\\/]|\\.)"""
_TOKEN = re.compile(
    rf"""(?P<AND>(?:AND|&&)(?!{_CHARACTER}))|(?P<OR>(?:OR|\|\|)(?!{_CHARACTER}))|(?P<NOT>NOT(?!{_CHARACTER}))|(?P<BARE>[+\-!](?=\s))
    |(?P<SIGN>[+\-!])|(?P<OPEN>\()|(?P<CLOSE>\))|(?P<COLON>:)|(?P<RANGE>[\[{{])|(?P<BOOST>\^\s*\d+(?:\.\d+)?)
    |(?P<QUOTED>"(?:[^"\\]|\\.)*")|(?P<SLOP>~(?:\d+(?:\.\d+)?)?)|(?P<REGEXP>/(?:[^*/\\]|\*|\\.)*/)
    |(?P<WILD>(?:{_START}{_CHARACTER}*)?[*?](?:{_CHARACTER}|[*?])*)|(?P<TERM>{_START}{_CHARACTER}*)""",
    re.VERBOSE | re.DOTALL,
)
_BOUND = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s\]}]+', re.DOTALL)
_ENDS = ("TERM", "WILD", "REGEXP", "QUOTED", "SLOP", "BOOST", "RANGE_END", "CLOSE", "BARE")


def told(text: str, error: UnexpectedToken | UnexpectedCharacters) -> tuple[str, str]:
    """(what is said of it, the name of the error)."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at = len(text) if ended else (error.pos_in_stream or 0)
    rest = text[at:]
    before = _tokens(text[:at])
    lexical = _lexical(text, at, rest)
    if lexical:
        return lexical, "token_mgr_error"
    kind = _kind(before, rest)
    if rest.startswith("^") and kind != "BOOST":
        after = rest[1:2]
        if after:
            return (f'Lexical error at line 1, column {at + 2}.  Encountered: {_quoted(after)} ({ord(after)}), after : ""',
                    "token_mgr_error")  # fmt: skip
        return f'Encountered "<EOF>" at line 1, column {at + 1}.\n{_wanted(("<NUMBER>",))}', "parse_exception"
    shown, place = ('"<EOF>"', len(text.rstrip())) if ended else (_named(kind, rest), at)
    return f"Encountered {shown} at line 1, column {place}.\n{_wanted(_expected(before))}", "parse_exception"


def _tokens(text: str) -> list[str]:
    """The kinds of the tokens of a text, as far as it can be read."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if found and found[-1] in ("RANGE", "LOW", "TO", "HIGH"):
            ends = text[at] in "]}"
            match = re.compile(r"[\]}]").match(text, at) if ends else _BOUND.match(text, at)
            kind = "RANGE_END" if ends else {"RANGE": "LOW", "LOW": "TO", "TO": "HIGH"}.get(found[-1], "HIGH")
        else:
            match = _TOKEN.match(text, at)
            kind = match.lastgroup if match is not None else ""
        if match is None or not match[0]:
            break
        found.append(str(kind))
        at = match.end()
    return found


def _lexical(text: str, at: int, rest: str) -> str:
    """What is said of a character that begins no token; "" where that is not so."""
    is_open = (rest.startswith('"') and not re.match(r'"(?:[^"\\]|\\.)*"', rest, re.DOTALL)) or (
        rest.startswith("/") and not re.match(r"/(?:[^*/\\]|\*|\\.)*/", rest)
    )
    if is_open:
        return f"Lexical error at line 1, column {len(text) + 1}.  Encountered: <EOF> after : {_quoted(rest)}"
    if rest[:1] in ("]", "}"):
        after = rest[1:2]
        met = f"{_quoted(after)} ({ord(after)}), after : {_quoted(rest[0])}" if after else '<EOF> after : ""'
        return f"Lexical error at line 1, column {at + 2}.  Encountered: {met}"
    return ""


def _kind(before: list[str], rest: str) -> str:
    if before and before[-1] in ("RANGE", "LOW", "TO", "HIGH"):
        return "GOOP"
    match = _TOKEN.match(rest)
    return str(match.lastgroup) if match is not None else ""


def _expected(before: list[str]) -> tuple[str, ...]:
    """What the parser would have taken behind these tokens."""
    last = before[-1] if before else "OPEN"
    if last in ("RANGE", "TO"):
        return ('"TO"', "<RANGE_QUOTED>", "<RANGE_GOOP>")
    if last == "LOW":
        return ('"TO"',)
    if last == "HIGH":
        return ('"]"', '"}"')
    if last in _ENDS:
        return _behind(before)
    if last in ("AND", "OR"):
        return (*_SIGNS, *_CLAUSE, "<TERM>", '"*"')
    if last in ("NOT", "SIGN"):
        return (*_CLAUSE, "<TERM>", '"*"')
    return _CLAUSE if last == "COLON" else (*_SIGNS, *_CLAUSE, "<TERM>")


def _behind(before: list[str]) -> tuple[str, ...]:
    """What may follow a clause. Several words beside each other are one text, which has neither slop nor boost."""
    closes = before.count("OPEN") > before.count("CLOSE")
    run = 0
    while run < len(before) and before[-1 - run] == "TERM":
        run += 1
    first = before[-1 - run] if run < len(before) else ""
    many = run - (first in ("COLON", "SIGN", "NOT", "AND", "OR")) > 1
    last = before[-1]
    boost = () if many or last == "BOOST" else ('"^"',)
    slop = ("<FUZZY_SLOP>",) if not many and last not in ("SLOP", "RANGE_END", "CLOSE") else ()
    if last == "BOOST" and len(before) > 1 and before[-2] in ("SLOP", "RANGE_END", "CLOSE"):
        slop = ()
    return (*(() if closes else ("<EOF>",)), "<AND>", "<OR>", *_SIGNS, "<BAREOPER>", '"("', *(('")"',) if closes else ()),
            '"*"', *boost, "<QUOTED>", "<TERM>", *slop, *_REST)  # fmt: skip


def _wanted(names: tuple[str, ...]) -> str:
    lines = "".join(f"{name} {'' if name == '<EOF>' else '...'}\n    " for name in names)
    return f"Was expecting{' one of' if len(names) > 1 else ''}:\n    {lines}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(kind: str, rest: str) -> str:
    """The token that was met, as the parser names it."""
    match = _BOUND.match(rest) if kind == "GOOP" else _TOKEN.match(rest)
    met = match[0] if match is not None else rest[:1]
    if kind == "BOOST":
        kind, met = "", "^"
    names = {"AND": "<AND>", "OR": "<OR>", "NOT": "<NOT>", "TERM": "<TERM>", "QUOTED": "<QUOTED>", "SLOP": "<FUZZY_SLOP>",
             "GOOP": "<RANGE_GOOP>", "BARE": "<BAREOPER>"}  # fmt: skip
    return f'" {names.get(kind) or _quoted(met)} {_quoted(met + " ")}"'
