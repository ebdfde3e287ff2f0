"""Hits as an answer shows them: a row of the database with the parts of its document that were asked for."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import hits, inner
from clickstream_embedded.search import kinds as kinds_of
from clickstream_embedded.search.explaining import Explaining
from clickstream_embedded.search.highlighting import Highlighter
from clickstream_embedded.search.numbers import written_single
from clickstream_embedded.search.queries.base import Context
from clickstream_embedded.search.request import Search
from clickstream_embedded.search.sorting import SortKey
from clickstream_embedded.search.store import Store

BY_SCORE = (SortKey("_score", descending=True),)


_ONE_TERM = ("term", "match", "terms")


def might_be_nested(shown: dict[str, Any], flat: dict[str, dict[str, Any]]) -> bool:
    """Whether a query could be met by nested objects too, so that those are kept out (NestedHelper.mightMatchNestedDocs)."""
    kind, body = next(iter(shown.items()))
    if kind == "match_none":
        return False
    if kind == "constant_score":
        return might_be_nested(body["filter"], flat)
    if kind == "bool":
        needed = [*body.get("must", []), *body.get("filter", [])]
        parts = [might_be_nested(each, flat) for each in needed or body.get("should", [])]
        return all(parts) if needed else any(parts)
    name = next((key for key in body if key not in ("boost", "_name")), "")
    rule = flat.get(name)
    numeric = kind == "range" and rule is not None and rule.get("type") not in ("keyword", "text")
    if rule is None or not (kind in _ONE_TERM or numeric):
        return True
    return bool(rule.get("in"))


class Showing:
    """Makes the hits of one search."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store, self._search = store, search
        self._keys = search.sort or BY_SCORE
        self._by_score = any(key.name == "_score" for key in self._keys)

    def hit(self, row: tuple[Any, ...], contexts: dict[str, Context]) -> dict[str, Any]:
        """The hit of (sequence, score, values of the sort ...)."""
        search = self._search
        seq, score = row[0], row[1]
        document = self._store.database.row(
            "SELECT idx, id, version, seq_no, source, vals, routing FROM docs WHERE seq = ?", (seq,)
        )
        assert document is not None
        index, identifier, version, number, source, kept, routing = document
        context = contexts[index]
        hit = self._head(index, context, identifier, version, number)
        scored = self._by_score or search.track_scores
        hit["_score"] = written_single(float(score)) if scored and score is not None else None
        if routing:
            hit["_routing"] = routing
        if search.source.is_shown:
            hit["_source"] = search.source.of(hits.decoded(source))
        ignored = hits.decoded(kept).get("_ignored") if kept and '"_ignored"' in kept else None
        if ignored:
            hit["_ignored"] = ignored
        values = hits.decoded(kept or source) if search.docvalues.fields or search.collapse or search.highlight else {}
        fields: dict[str, Any] = search.docvalues.of(values, context)
        if search.collapse is not None:
            group = row[2 + len(self._keys)]
            found = context.field(search.collapse)
            ip = group is not None and found is not None and found.kind == "ip"
            fields[search.collapse] = [kinds_of.ip_shown(str(group)) if ip else group]
        if fields:
            hit["fields"] = fields
        if search.highlight is not None:
            marked = Highlighter(search.highlight, search.query, context).of(hits.decoded(source))
            if marked:
                hit["highlight"] = marked
        names = self._names(context, seq)
        if names:
            hit["matched_queries"] = names
        if context.inner:
            head = {"_index": index, "_type": context.index.kind, "_id": identifier}
            whole = hits.decoded(source)
            hit["inner_hits"] = {
                name: inner.of_hit(self._store.database, seq, head, whole, each, self._store.dialect.total)
                for name, each in context.inner.items()
            }
        if search.explain:
            hit["_explanation"] = self._explained(context, seq)
        if search.sort:
            kinds = [key.kind([*contexts.values()]) for key in self._keys]
            hit["sort"] = [key.shown(value, kind) for key, value, kind in zip(self._keys, row[2:], kinds, strict=False)]
        return hit

    def _head(self, index: str, context: Context, identifier: str, version: int, number: int) -> dict[str, Any]:
        search = self._search
        head: dict[str, Any] = {"_shard": f"[{index}][0]", "_node": "n1"} if search.explain else {}
        head |= {"_index": index, "_type": context.index.kind}
        if not search.bare:
            head["_id"] = identifier
        if search.version:
            head["_version"] = version
        if search.numbers:
            head |= {"_seq_no": number, "_primary_term": 1}
        return head

    def _explained(self, context: Context, seq: int) -> dict[str, Any]:
        if self._search.query is None:
            return {"value": 1.0, "description": "*:*", "details": []}
        why = Explaining(context, seq).of(self._search.query)[1]
        flat = context.index.mapping.flat()
        if not any(rule.get("nested") for rule in flat.values()) or not might_be_nested(self._search.query.shown, flat):
            return why
        parts = why["details"] if why["description"] == "sum of:" else [why]
        own = {"value": 1.0, "description": "DocValuesFieldExistsQuery [field=_primary_term]", "details": []}
        clause = {"value": 0.0, "description": "# clause", "details": []}
        only = {"value": 0.0, "description": "match on required clause, product of:", "details": [clause, own]}
        return {"value": why["value"], "description": "sum of:", "details": [*parts, only]}

    def _names(self, context: Context, seq: int) -> list[str]:
        found: list[str] = []
        for name, sql in context.names.items():
            row = self._store.database.row(
                f"SELECT 1 FROM docs WHERE docs.seq = ? AND ({sql.where})", (seq, *sql.values)
            )
            if row:
                found.append(name)
        return sorted(found)
