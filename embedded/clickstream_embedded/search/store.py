"""Documents, mappings and templates in one SQLite file."""

from __future__ import annotations

import fnmatch
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson

from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search.dialect import SEVEN, Dialect
from clickstream_embedded.search.errors import SearchError, index_not_found
from clickstream_embedded.search.templates import Templates

MAX_DOCUMENTS = 300_000  # in one index; the oldest go first, so that a console left open does not fill the disk
_TRIM_EVERY = 5_000


Operation = tuple[str, dict[str, Any], bytes]  # action, target, the document where there is one


def _document(source: bytes) -> dict[str, Any]:
    """Raises MappingError for what is no JSON object, and LimitError."""
    try:
        document = orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise mappings.MappingError(f"failed to parse: {error}") from None
    if not isinstance(document, dict):
        raise mappings.MappingError("failed to parse: not a JSON object")
    mappings.check_depth(document)
    return document


class Store:
    """All indices. Its methods block for as long as SQLite does: call them off the event loop."""

    def __init__(self, path: Path, dialect: Dialect = SEVEN) -> None:
        self.dialect = dialect
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=NORMAL",
            "CREATE TABLE IF NOT EXISTS indices (name TEXT PRIMARY KEY, mapping TEXT, kind TEXT DEFAULT '_doc')",
            "CREATE TABLE IF NOT EXISTS docs (seq INTEGER PRIMARY KEY, idx TEXT, id TEXT, version INTEGER, source TEXT)",
            "CREATE UNIQUE INDEX IF NOT EXISTS docs_id ON docs (idx, id)",
        ):
            self._database.execute(statement)
        if "kind" not in {row[1] for row in self._database.execute("PRAGMA table_info(indices)")}:
            self._database.execute("ALTER TABLE indices ADD COLUMN kind TEXT DEFAULT '_doc'")
        rows = self._database.execute("SELECT name, mapping, kind FROM indices").fetchall()
        self.indices: dict[str, mappings.Mapping] = {name: json.loads(text) for name, text, _ in rows}
        self.kinds: dict[str, str] = {name: kind for name, _, kind in rows}
        self.templates = Templates(self._database, "templates")
        self.composables = Templates(self._database, "composables")
        self._since_trim: dict[str, int] = {}

    def close(self) -> None:
        with self._lock:
            self._database.close()

    # -- templates and indices ---------------------------------------------------------------------------------

    def put_template(self, name: str, body: dict[str, Any]) -> None:
        body = self.dialect.template(body)
        with self._lock:
            self.templates.put(name, body)

    def delete_template(self, name: str) -> None:
        with self._lock:
            self.templates.remove(name)

    def put_composable(self, name: str, body: dict[str, Any]) -> None:
        """Keeps a composable template. Raises SearchError where it names no pattern."""
        if not body.get("index_patterns"):
            raise SearchError(
                400, "action_request_validation_exception", "Validation Failed: 1: index patterns are missing;"
            )
        patterns = body["index_patterns"]
        body = {**body, "index_patterns": [patterns] if isinstance(patterns, str) else patterns}
        self.dialect.template({"index_patterns": body["index_patterns"], **(body.get("template") or {})})
        with self._lock:
            self.composables.put(name, body)

    def delete_composable(self, name: str) -> None:
        with self._lock:
            self.composables.remove(name)

    def dynamic(self, index: str) -> list[dict[str, Any]]:
        """The dynamic templates of an index: of the first composable template, or else of all older ones."""

        def matches(template: dict[str, Any]) -> bool:
            return any(fnmatch.fnmatchcase(index, pattern) for pattern in template.get("index_patterns", []))

        composable = max(
            filter(matches, self.composables.values()), key=lambda each: int(each.get("priority") or 0), default=None
        )
        if composable is not None:
            return self.dialect.rules(composable.get("template") or {})
        matching = [template for template in self.templates.values() if matches(template)]
        matching.sort(key=lambda template: template.get("order", 0), reverse=True)
        return [rule for template in matching for rule in self.dialect.rules(template)]

    def mapping(self, name: str) -> dict[str, Any]:
        """The `mappings` of an index, as its version shows them."""
        return self.dialect.mapping(self.kinds.get(name, "_doc"), self.dynamic(name), self.indices[name])

    def create_index(self, name: str, properties: mappings.Mapping | None = None, kind: str = "_doc") -> None:
        if name.startswith("_") or name != name.lower():
            reason = "must not start with '_'" if name.startswith("_") else "must be lowercase"
            more = {"index_uuid": "_na_", "index": name}
            raise SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], {reason}.", **more)
        with self._lock:
            if name not in self.indices:
                self.indices[name] = dict(properties or {})
                self.kinds[name] = kind
                self._save_mapping(name)

    def _save_mapping(self, name: str) -> None:
        text = json.dumps(self.indices[name])
        self._database.execute("INSERT OR REPLACE INTO indices VALUES (?, ?, ?)", (name, text, self.kinds[name]))

    def resolve(self, expression: str, *, ignore_missing: bool = False) -> list[str]:
        """The indices that a comma-separated expression with wildcards names. Raises SearchError."""
        found: list[str] = []
        for part in expression.split(","):
            if part in ("_all", "*") or "*" in part:
                pattern = "*" if part == "_all" else part
                found += [name for name in sorted(self.indices) if fnmatch.fnmatchcase(name, pattern)]
            elif part in self.indices:
                found.append(part)
            elif not ignore_missing:
                raise index_not_found(part, named=not self.dialect.has_types)
        return list(dict.fromkeys(found))

    def delete_index(self, expression: str) -> None:
        with self._lock:
            for name in self.resolve(expression):
                del self.indices[name]
                self._database.execute("DELETE FROM indices WHERE name = ?", (name,))
                self._database.execute("DELETE FROM docs WHERE idx = ?", (name,))

    # -- documents ---------------------------------------------------------------------------------------------

    def bulk(self, operations: list[Operation]) -> list[dict[str, Any]]:
        """Runs operations in one transaction; an item's failure is its own."""
        with self._lock:
            self._database.execute("BEGIN")
            try:
                items = [{action: self._one(action, target, source)} for action, target, source in operations]
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            for name in {target["_index"] for _, target, _ in operations if target.get("_index") in self.indices}:
                self._trim(name)
            return items

    def _one(self, action: str, target: dict[str, Any], source: bytes) -> dict[str, Any]:
        index, identifier = str(target.get("_index")), str(target.get("_id") or f"auto-{self._next()}")
        kind = self.dialect.kind(target.get("_type"))
        base = {"_index": index, "_type": kind, "_id": identifier}
        shards = {"total": 1, "successful": 1, "failed": 0}
        row = self._database.execute(
            "SELECT version FROM docs WHERE idx = ? AND id = ?", (index, identifier)
        ).fetchone()
        if action == "delete":
            self._database.execute("DELETE FROM docs WHERE idx = ? AND id = ?", (index, identifier))
            found = row is not None
            return {**base, "_version": (row[0] if row else 0) + 1, "result": "deleted" if found else "not_found",
                    "_shards": shards, "_seq_no": self._next(), "_primary_term": 1, "status": 200 if found else 404}  # fmt: skip
        try:
            self.create_index(index, kind=kind)
            document = _document(source)
            if mappings.extend(self.indices[index], document, self.dynamic(index)):
                self._save_mapping(index)
        except mappings.MappingError as error:
            return {**base, "status": 400, "error": {"type": "mapper_parsing_exception", "reason": str(error)}}
        except mappings.LimitError as error:
            reason = str(error).replace(" has been", f" in index [{index}] has been", 1)
            return {**base, "status": 400, "error": {"type": "illegal_argument_exception", "reason": reason}}
        except SearchError as error:
            return {**base, "status": error.status, "error": error.entry}
        if action == "create" and row is not None:
            reason = f"[{identifier}]: version conflict, document already exists (current version [{row[0]}])"
            return {**base, "status": 409, "error": {"type": "version_conflict_engine_exception", "reason": reason}}
        version = (row[0] if row else 0) + 1
        self._database.execute(
            "INSERT INTO docs (idx, id, version, source) VALUES (?, ?, ?, ?) ON CONFLICT (idx, id) DO UPDATE SET"
            " version = excluded.version, source = excluded.source",
            (index, identifier, version, orjson.dumps(document).decode()),
        )
        self._since_trim[index] = self._since_trim.get(index, 0) + 1
        return {**base, "_version": version, "result": "updated" if row else "created", "_shards": shards,
                "_seq_no": self._next() - 1, "_primary_term": 1, "status": 200 if row else 201}  # fmt: skip

    def _next(self) -> int:
        return int(self._database.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM docs").fetchone()[0])

    def _trim(self, index: str) -> None:
        if self._since_trim.get(index, 0) < _TRIM_EVERY:
            return
        self._since_trim[index] = 0
        self._database.execute(
            "DELETE FROM docs WHERE idx = ? AND seq <= (SELECT seq FROM docs WHERE idx = ? ORDER BY seq DESC"
            " LIMIT 1 OFFSET ?)", (index, index, MAX_DOCUMENTS),
        )  # fmt: skip

    def select(self, columns: str, where: str, parameters: list[Any], tail: str = "") -> list[tuple[Any, ...]]:
        """Rows of `docs`; the texts come from `query` and `aggregations`, values go in as parameters."""
        with self._lock:
            return self._database.execute(f"SELECT {columns} FROM docs WHERE {where} {tail}", parameters).fetchall()

    def counts(self) -> dict[str, tuple[int, int]]:
        """(documents, bytes) by index."""
        with self._lock:
            rows = self._database.execute("SELECT idx, COUNT(*), SUM(LENGTH(source)) FROM docs GROUP BY idx")
            known = {name: (count, size) for name, count, size in rows}
        return {name: known.get(name, (0, 0)) for name in sorted(self.indices)}
