"""The columns of a stream or table."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.ksqldb.types.sql_types import BIGINT, SqlType

WINDOW_COLUMNS = ("WINDOWSTART", "WINDOWEND")
PSEUDO_COLUMNS = ("ROWTIME", "ROWPARTITION", "ROWOFFSET")
SYSTEM_COLUMNS = PSEUDO_COLUMNS + WINDOW_COLUMNS


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `header` is "" for HEADERS, a header's key for HEADER('key'), None for an ordinary column."""

    name: str
    type: SqlType
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """Key columns and value columns, in order."""

    keys: tuple[Column, ...]
    values: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.keys + self.values

    def find(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def is_key(self, name: str) -> bool:
        return any(column.name == name for column in self.keys)

    def text(self, *, mark_keys: bool = True, windowed: bool = False, key_word: str = "KEY") -> str:
        """As ksqlDB's `schema` strings show it: `` `A` INTEGER KEY, `B` STRING ``."""
        mark = f" {key_word}" if mark_keys else ""
        keys = list(self.keys)
        if windowed:
            keys += [Column(name, BIGINT) for name in WINDOW_COLUMNS]
        parts = [f"`{column.name}` {column.type}{mark}" for column in keys]
        parts += [f"`{column.name}` {column.type}" for column in self.values]
        return ", ".join(parts)
