"""Pieces that the builders of statements share: names with their place, optional parts, texts without quotes."""

from __future__ import annotations

from typing import Any

from lark import Token

from clickstream_ksql.names import Name

KEYWORD = "keyword"


class Part(tuple[str, Any]):
    """A named optional part of a statement, picked out by `part`."""

    __slots__ = ()

    def __new__(cls, name: str, value: Any = True) -> Part:
        return super().__new__(cls, (name, value))


def part(children: list[Any], name: str, default: Any = None) -> Any:
    for child in children:
        if isinstance(child, Part) and child[0] == name:
            return child[1]
    return default


def named(children: list[Any]) -> list[str]:
    return [child for child in children if type(child) in (str, Name)]


def position_of(name: str) -> tuple[int, int] | None:
    return name.position if isinstance(name, Name) else None


def unquote(token: Any) -> str:
    text = str(token)
    return text[1:-1].replace(text[0] * 2, text[0])


def without_tokens(children: list[Any]) -> list[Any]:
    """Without keyword and punctuation tokens."""
    return [child for child in children if not isinstance(child, Token)]
