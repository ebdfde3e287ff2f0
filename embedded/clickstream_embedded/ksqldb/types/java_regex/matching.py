"""What ksqlDB does with regular expressions: find, replace, split, LIKE."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import regex

from clickstream_embedded.ksqldb.types.java_regex.properties import LINE_ENDS
from clickstream_embedded.ksqldb.types.java_regex.translation import Translator

Pattern = Any  # the library has no public type with parameters
Match = Any


@functools.lru_cache(1000)
def compiled(pattern: str) -> Pattern:
    """As `Pattern.compile`. Raises ValueError."""
    translated = Translator(pattern).translate()
    try:
        return regex.compile(translated, regex.VERSION1)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"Invalid regular expression pattern: {pattern} ({error})") from None


def finds(pattern: str, text: str) -> Iterator[Match]:
    """As `Matcher.find`, again and again."""
    return compiled(pattern).finditer(text)


def matches(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None


def replace_all(pattern: str, text: str, new: str) -> str:
    """As `String.replaceAll`. Raises ValueError for a replacement that Java refuses."""
    out: list[str] = []
    at = 0
    for match in finds(pattern, text):
        out += [text[at : match.start()], _expanded(new, match)]
        at = match.end()
    return "".join([*out, text[at:]])


def _expanded(new: str, match: Match) -> str:
    """`$1`, `${name}` and escapes in a replacement."""
    out: list[str] = []
    at = 0
    while at < len(new):
        character = new[at]
        at += 1
        if character == "\\":
            if at == len(new):
                raise ValueError("character to be escaped is missing")
            out.append(new[at])
            at += 1
        elif character == "$":
            group, at = _group(new, at, match)
            out.append(match[group] or "")
        else:
            out.append(character)
    return "".join(out)


def _group(new: str, at: int, match: Match) -> tuple[int | str, int]:
    if new[at : at + 1] == "{":
        end = new.find("}", at)
        name = new[at + 1 : end]
        if end < 0 or name not in match.re.groupindex:
            raise ValueError(f"No group with name {{{name}}}")
        return name, end + 1
    if new[at : at + 1] not in tuple("0123456789"):
        raise ValueError("Illegal group reference")
    number = int(new[at])
    at += 1
    if number > match.re.groups:
        raise ValueError(f"No group {number}")
    while new[at : at + 1] in tuple("0123456789") and number * 10 + int(new[at]) <= match.re.groups:
        number = number * 10 + int(new[at])
        at += 1
    return number, at


def split(pattern: str, text: str) -> list[str]:
    """The parts between matches: all of them, or, for a pattern that matches nothing at all, as `Pattern.split`."""
    drops = not pattern or matches(pattern, "")
    parts: list[str] = []
    at = 0
    for match in finds(pattern, text):
        if drops and match.end() == 0:
            continue
        parts.append(text[at : match.start()])
        at = match.end()
    parts.append(text[at:])
    if drops and at:
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
    return parts


@functools.lru_cache(1000)
def like(pattern: str, escape: str | None) -> Pattern:
    """The expression of a LIKE pattern. Raises ValueError where it ends with the escape character."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if escape is not None and character == escape:
            following = next(characters, None)
            if following is None:
                raise ValueError("LIKE pattern must not end with escape character")
            parts.append(regex.escape(following))
        elif character in "%_":
            parts.append(f"[^{LINE_ENDS}]" + ("*" if character == "%" else ""))
        else:
            parts.append(regex.escape(character))
    return regex.compile("".join(parts), regex.VERSION1)
