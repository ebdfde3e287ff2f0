"""Inner hits: the nested objects of a hit that its query matched, and the further documents of a collapsed group."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import hits, sorting
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.highlighting import Highlighter
from clickstream_embedded.search.numbers import written_single
from clickstream_embedded.search.queries.nested import Inner
from clickstream_embedded.search.sorting import SortKey


def of_hit(
    database: Database, seq: int, head: dict[str, Any], document: dict[str, Any], inner: Inner, total: Any
) -> dict[str, Any]:
    """The `hits` of one name. `total` makes of a count what the dialect shows."""
    spec, context, condition = inner.spec, inner.context, inner.condition
    keys = sorting.parse(spec.get("sort"))
    by_score = not keys
    alias = context.values.removesuffix(".value")
    shown = [f"{key.sql(context, condition.score)} AS s{place}" for place, key in enumerate(keys)]
    columns = ", ".join([f"{alias}.key AS place", f"{alias}.value AS vals", f"({condition.score}) AS score", *shown])
    order = ", ".join(
        [*(key.order(f"s{place}") for place, key in enumerate(keys or [SortKey("_score", True)])), "place"]
    )
    order = order.replace("s0 DESC NULLS LAST", "score DESC", 1) if by_score else order
    rows = database.rows(
        f"SELECT * FROM (SELECT {columns} FROM {context.source} WHERE docs.seq = ? AND ({condition.where})) ORDER BY {order}",
        (
            *condition.weights,
            *(each for key in keys if key.name == "_score" for each in condition.weights),
            seq,
            *condition.values,
        ),
    )
    start, size = int(spec.get("from", 0)), int(spec.get("size", 3))
    source = hits.source_of(spec.get("_source"), spec)
    marks = Highlighter(spec["highlight"], inner.query, context) if spec.get("highlight") else None
    docvalues = hits.Docvalues(spec.get("docvalue_fields"))
    scored = by_score or spec.get("track_scores") in (True, "true")
    made: list[dict[str, Any]] = []
    for place, vals, score, *values in rows[start : start + size]:
        hit: dict[str, Any] = {**head, "_nested": {"field": inner.path, "offset": int(place)},
                               "_score": written_single(float(score)) if scored else None}  # fmt: skip
        whole = _at(document, inner.path.split("."), int(place))
        if source.is_shown:
            hit["_source"] = _filtered(source, whole, inner.path.split("."))
        fields = docvalues.of(hits.decoded(vals), context)
        if fields:
            hit["fields"] = fields
        marked = marks.of(whole, inner.path + ".") if marks else {}
        if marked:
            hit["highlight"] = marked
        if keys:
            hit["sort"] = [key.shown(value, key.kind([context])) for key, value in zip(keys, values, strict=True)]
        made.append(hit)
    best = max((float(row[2]) for row in rows), default=None)
    top = written_single(best) if best is not None and scored else None
    return {"hits": {"total": total(len(rows)), "max_score": top, "hits": made}}


def _at(document: dict[str, Any], path: list[str], place: int) -> dict[str, Any]:
    found: Any = document.get(".".join(path))
    if found is None:
        found = document
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
    chosen = found[place] if isinstance(found, list) and place < len(found) else found
    return chosen if isinstance(chosen, dict) else {}


def _filtered(source: hits.Source, whole: dict[str, Any], path: list[str]) -> dict[str, Any]:
    wrapped: Any = whole
    for part in reversed(path):
        wrapped = {part: wrapped}
    found: Any = source.of(wrapped)
    for part in path:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
