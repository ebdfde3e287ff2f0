"""What comes of the statements of a text, for who shows it; the language itself is not needed for that, and takes time to load."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from clickstream_ksql.splitter import Piece, split
from clickstream_pipeline.errors import PipelineError


@dataclass(frozen=True, slots=True)
class Header:
    """A query has begun to answer: the names and types of its columns."""

    number: int
    names: tuple[str, ...]
    types: tuple[str, ...]
    push: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a query; of a PRINT, each row is its line."""

    number: int
    rows: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Entity:
    """An answer of /ksql, as the server gave it."""

    number: int
    entity: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said: that a statement is done, or that the session keeps something."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement failed, and nothing behind it is run. `line` and `column` count from 1, 0 where there is no place."""

    number: int
    error: PipelineError
    statement: str = ""
    line: int = 0
    column: int = 0


Result = Header | Rows | Entity | Note | Failure


def pieces_of(text: str) -> list[Piece]:
    """The statements of a text; the last may lack its semicolon."""
    found = split(text)
    if found and not found[-1].terminated:
        found[-1] = replace(found[-1], text=found[-1].text + ";", terminated=True)
    return found
