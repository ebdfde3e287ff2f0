"""What Java refuses as a regular expression and Python would take, or tells otherwise: `Pattern.compile`'s own words and places."""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPES = frozenset("0123456789tnrfaexucdDhHsSvVwWbBAGzZRXQEkpPN")
_NAMES = frozenset((
    "Lower", "Upper", "ASCII", "Alpha", "Digit", "Alnum", "Punct", "Graph", "Print", "Blank", "Cntrl", "XDigit", "Space",
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "LC", "LD", "L1", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd",
    "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    "all",
))  # fmt: skip
_GROUP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_FLAGS = re.compile(r"[imsduxU]*(?:-[imsduxU]*)?")
_COUNT = re.compile(r"\{(\d+)(,(\d*))?")


class SyntaxFault(ValueError):
    """A fault of a pattern; `place` is the index that Java tells, below 0 for none."""

    def __init__(self, what: str, place: int) -> None:
        super().__init__(what)
        self.what, self.place = what, place


def check(pattern: str) -> None:
    """Raises SyntaxFault."""
    at, named = 0, set[str]()
    while at < len(pattern):
        step = _STEPS.get(pattern[at])
        at = at + 1 if step is None else step(pattern, at, named)


def _escape(pattern: str, at: int, named: set[str]) -> int:
    char = pattern[at + 1 : at + 2]
    if char == "Q":
        end = pattern.find("\\E", at)
        return len(pattern) if end < 0 else end + 2
    if char in ("p", "P"):
        return _family(pattern, at)
    if char == "k":
        found = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>").match(pattern, at + 2)
        if found is None:
            raise SyntaxFault("\\k is not followed by '<' for named capturing group", at + 2)
        if found[1] not in named:
            raise SyntaxFault(f"named capturing group <{found[1]}> does not exist", found.end() - 1)
        return found.end()
    if char.isascii() and char.isalpha() and char not in _ESCAPES:
        raise SyntaxFault("Illegal/unsupported escape sequence", at + 1)
    return at + 2


def _family(pattern: str, at: int) -> int:
    if pattern[at + 2 : at + 3] != "{":
        name, end = pattern[at + 2 : at + 3], at + 3
    else:
        end = pattern.find("}", at) + 1
        if end == 0:
            raise SyntaxFault("Unclosed character family", len(pattern))
        name = pattern[at + 3 : end - 1]
        if not name:
            raise SyntaxFault("Empty character family", end - 1)
    if name not in _NAMES and not name.startswith(("Is", "In", "java")) and "=" not in name:
        raise SyntaxFault(f"Unknown character property name {{{name}}}", end - 1)
    return end


def _count(pattern: str, at: int, named: set[str]) -> int:
    found = _COUNT.match(pattern, at)
    if found is None:
        raise SyntaxFault("Illegal repetition", at + 1)
    if pattern[found.end() : found.end() + 1] != "}":
        raise SyntaxFault("Unclosed counted closure", found.end())
    if found[3] and int(found[3]) < int(found[1]):
        raise SyntaxFault("Illegal repetition range", found.end())
    return found.end() + 1


def _group(pattern: str, at: int, named: set[str]) -> int:
    if pattern[at + 1 : at + 2] != "?":
        return at + 1
    if pattern[at + 2 : at + 3] == "<" and pattern[at + 3 : at + 4] not in ("=", "!"):
        name = _GROUP_NAME.match(pattern, at + 3)
        if name is None:
            raise SyntaxFault("capturing group name does not start with a Latin letter", at + 3)
        if pattern[name.end() : name.end() + 1] != ">":
            raise SyntaxFault("named capturing group is missing trailing '>'", name.end())
        if name[0] in named:
            raise SyntaxFault(f"Named capturing group <{name[0]}> is already defined", name.end())
        named.add(name[0])
        return name.end() + 1
    if pattern[at + 2 : at + 3] in (":", "=", "!", ">", "<"):
        return at + 3
    flags = _FLAGS.match(pattern, at + 2)
    end = at + 2 if flags is None else flags.end()
    if pattern[end : end + 1] not in (":", ")"):
        raise SyntaxFault("Unknown inline modifier", end)
    return end


def _range(pattern: str, at: int) -> int:
    """Goes over a character of a class, and what it ranges to; behind the end of a pattern Java reads a null."""
    end = pattern[at + 2 : at + 3]
    if pattern[at + 1 : at + 2] != "-" or end in ("[", "]", "\\"):
        return at + 1
    if (end or "\0") < pattern[at]:
        raise SyntaxFault("Illegal character range", at + 2)
    return at + 3


def _class(pattern: str, at: int, named: set[str]) -> int:
    """Goes to the end of a character class, which may have others in it."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    first = True
    while at < len(pattern):
        char = pattern[at]
        if char == "]" and not first:
            return at + 1
        first = False
        if char == "[":
            at = _class(pattern, at, named)
        else:
            at = _escape(pattern, at, named) if char == "\\" else _range(pattern, at)
    raise SyntaxFault("Unclosed character class", len(pattern) - 1)


_STEPS: dict[str, Callable[[str, int, set[str]], int]] = {
    "\\": _escape, "{": _count, "(": _group, "[": _class,
}  # fmt: skip
