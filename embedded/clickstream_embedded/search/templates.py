"""Templates by name, as a dictionary that is kept in a table of the database."""

from __future__ import annotations

import json
from typing import Any

from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import SearchError


class Templates(dict[str, dict[str, Any]]):
    """One kind of templates. Whoever changes it holds the lock of the database."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table  # a name of ours
        database.run(f"CREATE TABLE IF NOT EXISTS {table} (name TEXT PRIMARY KEY, body TEXT)")
        rows = database.rows(f"SELECT name, body FROM {table}")
        super().__init__((name, json.loads(text)) for name, text in rows)

    def put(self, name: str, body: dict[str, Any]) -> None:
        self._database.run(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?)", (name, json.dumps(body)))
        self[name] = body

    def remove(self, name: str) -> None:
        """Raises SearchError where there is none of that name."""
        if name not in self:
            raise SearchError(404, "index_template_missing_exception", f"index_template [{name}] missing")
        self._database.run(f"DELETE FROM {self._table} WHERE name = ?", (name,))
        del self[name]
