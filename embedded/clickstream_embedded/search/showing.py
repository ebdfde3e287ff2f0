"""Hits as an answer shows them: a row of the database with the parts of its document that were asked for."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import hits
from clickstream_embedded.search.highlighting import Highlighter
from clickstream_embedded.search.numbers import written_single
from clickstream_embedded.search.queries.base import Context
from clickstream_embedded.search.request import Search
from clickstream_embedded.search.sorting import SortKey
from clickstream_embedded.search.store import Store

BY_SCORE = (SortKey("_score", descending=True),)


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
        hit: dict[str, Any] = {"_index": index, "_type": context.index.kind, "_id": identifier}
        if search.bare:
            del hit["_id"]
        if search.version:
            hit["_version"] = version
        if search.numbers:
            hit |= {"_seq_no": number, "_primary_term": 1}
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
            fields[search.collapse] = [row[2 + len(self._keys)]]
        if fields:
            hit["fields"] = fields
        if search.highlight is not None:
            marked = Highlighter(search.highlight, search.query, context).of(hits.decoded(source))
            if marked:
                hit["highlight"] = marked
        names = self._names(context, seq)
        if names:
            hit["matched_queries"] = names
        if search.sort:
            kinds = [key.kind([*contexts.values()]) for key in self._keys]
            hit["sort"] = [key.shown(value, kind) for key, value, kind in zip(self._keys, row[2:], kinds, strict=False)]
        return hit

    def _names(self, context: Context, seq: int) -> list[str]:
        found: list[str] = []
        for name, sql in context.names.items():
            row = self._store.database.row(
                f"SELECT 1 FROM docs WHERE docs.seq = ? AND ({sql.where})", (seq, *sql.values)
            )
            if row:
                found.append(name)
        return sorted(found)
