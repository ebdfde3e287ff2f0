"""Documents in one SQLite file: their sources, and their values by field as they are searched."""

from __future__ import annotations

import fnmatch
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from clickstream_embedded.search import json_text, retention, totals, values
from clickstream_embedded.search import mapping as mappings
from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.dialect import SEVEN, Dialect
from clickstream_embedded.search.errors import (
    SearchError,
    illegal,
    index_not_found,
    invalid,
    no_scripts,
)
from clickstream_embedded.search.functions import install
from clickstream_embedded.search.indices import Index, Indices
from clickstream_embedded.search.positions import placed_value
from clickstream_embedded.search.scrolls import Scrolls
from clickstream_embedded.search.updates import checked_update, merge

_IF = ("if_seq_no", "if_primary_term")
_REMEMBERED = 1_000  # versions of deleted documents


@dataclass(frozen=True, slots=True)
class Operation:
    """One write: `action` is index, create, delete or update; the options are those of the request or the bulk line."""

    action: str
    index: str
    identifier: str | None
    body: bytes = b""
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    alone: bool = False  # a request of its own, not a line of a bulk: faults are found before anything is done


def parsed(body: bytes) -> dict[str, Any]:
    """A document. Raises MappingError for what is no JSON object, and LimitError."""
    words = "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes"
    if not body.lstrip().startswith(b"{"):
        raise mappings.MappingError("failed to parse", ("not_x_content_exception", words))
    try:
        document = json_text.read(body)
    except SearchError as error:
        told = error.entry
        if told["type"] == "parsing_exception":
            kind = str(told["reason"]).partition("[")[2].partition("]")[0]
            told = {
                "type": "illegal_argument_exception",
                "reason": f"Malformed content, found extra data after parsing: {kind}",
            }
        raise mappings.MappingError("failed to parse", (told["type"], told["reason"])) from None
    assert isinstance(document, dict)
    mappings.check_depth(document)
    return document


Then = Callable[["Operation", dict[str, Any]], None]


class Store:
    """All documents. Its methods block for as long as SQLite does: call them off the event loop."""

    def __init__(self, path: Path, dialect: Dialect = SEVEN) -> None:
        self.dialect = dialect
        self.database = Database(path)
        install(self.database)
        self.lock = self.database.lock
        self.cluster: dict[str, dict[str, str]] = {
            "persistent": {},
            "transient": {},
        }  # settings of the cluster, while it runs
        self.indices = Indices(self.database, dialect)
        self.database.add_column("docs", "seq_no", "INTEGER DEFAULT 0")
        if self.database.add_column("docs", "vals", "TEXT"):
            self._read_again()
        self.database.add_column("docs", "routing", "TEXT")
        for name, number in totals.install(self.database).items():
            if name in self.indices.all:
                self.indices.all[name].next_seq = number + 1
        self.scrolls = Scrolls(self.database)
        self._deleted: OrderedDict[tuple[str, str], int] = OrderedDict()  # versions

    def forget(self, name: str) -> None:
        """Ends an index, with what is remembered of its documents."""
        self.indices.delete(name)
        for key in [key for key in self._deleted if key[0] == name]:
            del self._deleted[key]

    def close(self) -> None:
        self.database.close()

    def _read_again(self) -> None:
        """Fills the values of documents that a file of an earlier form has."""
        for number, (seq, name, source) in enumerate(self.database.rows("SELECT seq, idx, source FROM docs")):
            index = self.indices.all.get(name)
            if index is None:
                continue
            document = orjson.loads(source)
            found, _ = values.read(document, index.mapping, [], "", "true")
            self.database.run(
                "UPDATE docs SET vals = ?, seq_no = ? WHERE seq = ?", (_kept(found, document), number, seq)
            )

    # -- writing -----------------------------------------------------------------------------------------------

    def bulk(self, operations: list[Operation], then: Then = lambda _, __: None) -> list[dict[str, Any]]:
        """Runs operations in one transaction; an item's failure is its own. `then` is told each as soon as it is done."""
        with self.lock:
            self.database.run("BEGIN")
            try:
                items: list[dict[str, Any]] = []
                for each in operations:
                    items.append({each.action: self._tried(each)})
                    then(each, items[-1][each.action])
                self.database.run("COMMIT")
            except BaseException:
                self.database.roll_back()
                self.indices.load()  # else those that it made, and their new fields, would be there until the next start
                raise
            return items

    def _tried(self, operation: Operation) -> dict[str, Any]:
        kind = str(operation.options.get("_type", "_doc"))
        base = {"_index": operation.index, "_type": kind, "_id": operation.identifier}
        if operation.identifier is None and operation.action in ("index", "create"):
            base["_id"] = secrets.token_urlsafe(15)
            operation = replace(operation, identifier=base["_id"])
        try:
            return self.write(operation)
        except mappings.MappingError as error:
            return {**base, "status": 400, "error": error.entry}
        except mappings.LimitError as error:
            reason = str(error).replace(" has been", f" in index [{operation.index}] has been", 1)
            return {**base, "status": 400, "error": {"type": "illegal_argument_exception", "reason": reason}}
        except SearchError as error:
            return {**base, "status": error.status, "error": error.entry}

    def _target(self, operation: Operation) -> Index:
        name = operation.index
        if operation.action == "delete" and not str(operation.options.get("version_type", "")).startswith("external"):
            return self._existing(name)  # only a delete with a version of its own makes an index
        if name not in self.indices.all and not any(name in index.aliases for index in self.indices.all.values()):
            if not index_settings.may_make(self.cluster, name):
                error = index_not_found(name, named=not self.dialect.has_types)
                error.entry["resource.type"] = "index_expression"
                raise error
            return self.indices.create(name, kind=self.dialect.kind(operation.options.get("_type")))
        return self.indices.one(name)

    def _existing(self, name: str) -> Index:
        try:
            return self.indices.one(name)
        except SearchError as error:
            if "resource.type" in error.entry:
                error.entry["resource.type"] = "index_expression"
            raise

    def write(self, operation: Operation) -> dict[str, Any]:
        """One write; the entry of it in an answer. Raises SearchError, MappingError, LimitError."""
        index = self._target(operation)
        kind = str(operation.options.get("_type", "_doc"))
        if not self.dialect.has_types and kind != "_doc":
            raise illegal(
                f"Rejecting mapping update to [{index.name}] as the final mapping would have more than 1 type: [_doc, {kind}]"
            )
        index_settings.check_blocks(index.name, index.settings, "write")
        identifier = operation.identifier
        if identifier is None:
            identifier = secrets.token_urlsafe(15)
        elif not 0 < len(identifier.encode()) <= 512:
            if not identifier:
                raise illegal("if _id is specified it must not be empty")
            told = f"is too long, must be no longer than 512 bytes but was: {len(identifier.encode())}"
            raise invalid(f"id {told}") if operation.alone else illegal(f"id [{identifier}] {told}")
        row = self.database.row(
            "SELECT version, seq_no, source, routing FROM docs WHERE idx = ? AND id = ?", (index.name, identifier)
        )
        if operation.action == "update":
            return self._update(operation, index, identifier, row)
        if "wait_for_active_shards" in operation.options:
            _check_active(operation, index, identifier)
        if operation.action == "delete":
            self._check(operation, index, identifier, row)
            return self._delete(operation, index, identifier, row)
        document = parsed(operation.body)
        found = self._read(
            index, identifier, document, operation
        )  # whether it fits is looked at before whether it comes too late
        self._check(operation, index, identifier, row)
        if operation.action == "create" and row is not None:
            raise _conflict(index, identifier, f"document already exists (current version [{row[0]}])")
        return self._keep(index, identifier, document, row, operation, found)

    def _check(self, operation: Operation, index: Index, identifier: str, row: tuple[Any, ...] | None) -> None:
        """Raises SearchError where the document is not as the write expects it."""
        options = operation.options
        number = options.get("if_seq_no")
        if number is not None:
            at, term = (int(row[1]), 1) if row else (-2, 0)
            if int(number) != at or int(options.get("if_primary_term", 1)) != term:
                there = (
                    f"current document has seqNo [{at}] and primary term [{term}]"
                    if row
                    else "but no document was found"
                )
                told = f"required seqNo [{number}], primary term [{options.get('if_primary_term')}]"
                raise _conflict(index, identifier, f"{told}. {there}")
        if options.get("version") is not None:
            wanted, kind = int(options["version"]), options.get("version_type", "internal")
            if wanted < 0 and kind.startswith("external"):
                raise invalid(f"illegal version value [{wanted}] for version type [{kind.removesuffix('_gt').upper()}]")
            current = int(row[0]) if row else self._deleted.get((index.name, identifier), -1)
            if kind in ("external", "external_gt", "external_gte"):
                if current >= wanted if kind != "external_gte" else current > wanted:
                    sign = "higher than" if kind == "external_gte" else "higher or equal to"
                    raise _conflict(
                        index, identifier, f"current version [{current}] is {sign} the one provided [{wanted}]"
                    )
            else:
                raise invalid("internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and "
                              "`if_primary_term` instead")  # fmt: skip

    def _version(self, operation: Operation, index: Index, identifier: str, row: tuple[Any, ...] | None) -> int:
        if operation.options.get("version") is not None:
            return int(operation.options["version"])
        return (int(row[0]) if row else self._deleted.pop((index.name, identifier), 0)) + 1

    def _number(self, index: Index) -> int:
        """The `_seq_no` of a write: each comes by here, so this is where it is looked whether there are too many."""
        index.next_seq += 1
        if index.next_seq % retention.LOOK_EVERY == 0:
            retention.keep_newest(self.database, index.name)
        return index.next_seq - 1

    def _entry(self, index: Index, identifier: str, version: int, result: str, number: int) -> dict[str, Any]:
        return {"_index": index.name, "_type": index.kind, "_id": identifier, "_version": version, "result": result,
                "_shards": {"total": 1 + index.replicas, "successful": 1, "failed": 0}, "_seq_no": number,
                "_primary_term": 1}  # fmt: skip

    def _delete(
        self, operation: Operation, index: Index, identifier: str, row: tuple[Any, ...] | None
    ) -> dict[str, Any]:
        version = self._version(operation, index, identifier, row)
        self.database.run("DELETE FROM docs WHERE idx = ? AND id = ?", (index.name, identifier))
        self._deleted[index.name, identifier] = version
        while len(self._deleted) > _REMEMBERED:
            self._deleted.popitem(last=False)
        entry = self._entry(index, identifier, version, "deleted" if row else "not_found", self._number(index))
        return {**entry, "status": 200 if row else 404}

    def _read(self, index: Index, identifier: str, document: dict[str, Any], operation: Operation) -> Any:
        """The values of a document's fields; fields that are new become part of the mapping. Raises SearchError."""
        try:
            found, changed = values.read(
                document, index.mapping, index.mapping.root.get("dynamic_templates", []), identifier,
                str(index.mapping.root.get("dynamic", "true")).lower(),
            )  # fmt: skip
        except mappings.MappingError as error:
            raw = orjson.dumps(document) if operation.action == "update" else operation.body
            raise placed_value(error, raw, document) from None
        if changed:
            self.indices.save(index)
        return found

    def _keep(
        self, index: Index, identifier: str, document: dict[str, Any], row: tuple[Any, ...] | None, operation: Operation,
        found: Any,
    ) -> dict[str, Any]:  # fmt: skip
        version = self._version(operation, index, identifier, row)
        number, routing = self._number(index), index.aliases.get(operation.index, {}).get("index_routing")
        self.database.run(
            "INSERT OR REPLACE INTO docs (idx, id, version, seq_no, source, vals, routing) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (index.name, identifier, version, number, orjson.dumps(document).decode(), _kept(found, document),
             str(operation.options.get("routing") or routing or "") or None),
        )  # fmt: skip
        entry = self._entry(index, identifier, version, "updated" if row else "created", number)
        return {**entry, "status": 200 if row else 201}

    def _update(
        self, operation: Operation, index: Index, identifier: str, row: tuple[Any, ...] | None
    ) -> dict[str, Any]:
        """`doc`, `upsert`, `doc_as_upsert`, `detect_noop` of an update; scripts are refused, as there is no language."""
        body = checked_update(operation.body)
        operation = replace(operation, options={**operation.options, **{key: body[key] for key in _IF if key in body}})
        if row is not None:
            self._check(operation, index, identifier, row)
        if row is None:
            if body.get("scripted_upsert") in (True, "true") and "script" in body:
                raise no_scripts(body["script"], "indices:data/write/update[s]")
            first = body.get("upsert")
            if first is None and body.get("doc_as_upsert"):
                first = body.get("doc")
            if first is None:
                raise SearchError(404, "document_missing_exception", f"[{index.kind}][{identifier}]: document missing",
                                  index_uuid=index.uuid, shard="0", index=index.name)  # fmt: skip
            return self._keep(index, identifier, first, row, operation, self._read(index, identifier, first, operation))
        if "script" in body:
            raise no_scripts(body["script"], "indices:data/write/update[s]")
        if row[3] and "routing" not in operation.options:
            operation.options["routing"] = row[3]
        document = orjson.loads(row[2])
        changed = merge(document, body.get("doc") or {})
        if not changed and body.get("detect_noop", True):
            entry = self._entry(index, identifier, int(row[0]), "noop", int(row[1]))
            return {**entry, "status": 200}
        return self._keep(
            index, identifier, document, row, operation, self._read(index, identifier, document, operation)
        )

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self, index: Index, identifier: str) -> dict[str, Any]:
        """A document with its head, as `_doc` and `_mget` show it; the source is there as text under `source`."""
        index_settings.check_blocks(index.name, index.settings, "read")
        head = {"_index": index.name, "_type": index.kind, "_id": identifier}
        row = self.database.row(
            "SELECT version, seq_no, source, routing, vals FROM docs WHERE idx = ? AND id = ?", (index.name, identifier)
        )
        if row is None:
            return {**head, "found": False}
        ignored = orjson.loads(row[4]).get("_ignored") if row[4] and '"_ignored"' in row[4] else None
        return {
            **head,
            "_version": row[0],
            "_seq_no": row[1],
            "_primary_term": 1,
            **({"_routing": row[3]} if row[3] else {}),
            **({"_ignored": ignored} if ignored else {}),
            "found": True,
            "_source": json.loads(row[2]),
        }

    def source(self, index: str, identifier: str) -> bytes:
        """The source of a document that is there."""
        row = self.database.row("SELECT source FROM docs WHERE idx = ? AND id = ?", (index, identifier))
        return str(row[0]).encode() if row else b"{}"

    def counts(self, pattern: str = "*") -> dict[str, tuple[int, int]]:
        """(documents, bytes) by index."""
        known = totals.by_index(self.database)
        return {
            name: known.get(name, (0, 0)) for name in sorted(self.indices.all) if fnmatch.fnmatchcase(name, pattern)
        }


def _check_active(operation: Operation, index: Index, identifier: str) -> None:
    """Raises SearchError for a write that waits for more copies of the shard than the one that is there."""
    given = str(operation.options["wait_for_active_shards"])
    needed = 1 + index.replicas if given == "all" else int(given)
    if needed <= 1:
        return
    what = "delete" if operation.action == "delete" else "index"
    source = "" if what == "delete" else f", source[{operation.body.decode('utf-8', 'replace')}]"
    raise SearchError(503, "unavailable_shards_exception", f"[{index.name}][0] Not enough active copies to meet shard count of "
                      f"[{given.upper()}] (have 1, needed {needed}). Timeout: [{operation.options.get('timeout', '1m')}], request: "
                      f"[BulkShardRequest [[{index.name}][0]] containing [{what} {{[{index.name}][_doc][{identifier}]{source}}}]]")  # fmt: skip


def _kept(found: dict[str, Any], document: dict[str, Any]) -> str | None:
    """The values as they are kept; None where they are those of the source."""
    return None if found == document and _same_types(found, document) else orjson.dumps(found).decode()


def _same_types(found: dict[str, Any], document: dict[str, Any]) -> bool:
    """1 is True and 1.0 for Python, not for the queries."""
    return all(type(value) is type(document[name]) for name, value in found.items())


def _conflict(index: Index, identifier: str, reason: str) -> SearchError:
    return SearchError(409, "version_conflict_engine_exception", f"[{identifier}]: version conflict, {reason}",
                       index_uuid=index.uuid, shard="0", index=index.name)  # fmt: skip
