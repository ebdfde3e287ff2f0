"""Collapsed hits: one of each group, with others of it as its inner hits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from clickstream_embedded.search import hits, sorting
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.queries.base import ALL, Context, Query, Sql
from clickstream_embedded.search.request import Search


def check_single(database: Database, context: Context, condition: Sql, name: str) -> None:
    """Raises ShardError where a document that matches has several values of the field."""
    field = context.field(name)
    if field is None or not field.is_many or field.kind in ("text", "object", "boolean"):
        return
    row = database.row(
        f"SELECT docs.seq - (SELECT MIN(seq) FROM docs WHERE idx = ?) FROM docs WHERE docs.idx = ? AND ({condition.where}) "
        f"AND json_type({field.values}, {field.path}) = 'array' ORDER BY docs.seq",
        (context.index.name, context.index.name, *condition.values),
    )
    if row is not None:
        told = f"failed to collapse {row[0]}, the collapse field must be single valued"
        raise ShardError("illegal_state_exception", told, 500)


def groups_of(search: Search, group: Any) -> Iterator[tuple[str, Search]]:
    """The searches of the inner hits of one group, by their names."""
    for spec in search.collapsed:
        yield str(spec.get("name", search.collapse)), replace(
            search, query=_of_group(search, group), collapse=None, collapsed=(), size=int(spec.get("size", 3)),
            start=int(spec.get("from", 0)), sort=tuple(sorting.parse(spec.get("sort"))), source=hits.source_of(spec.get("_source")),
            aggregations=(), suggest=None, after=None, rescore=(), version=bool(spec.get("version")),
            numbers=bool(spec.get("seq_no_primary_term")), docvalues=hits.Docvalues(spec.get("docvalue_fields")),
            track_scores=bool(spec.get("track_scores")), highlight=spec.get("highlight"), profile=False,
        )  # fmt: skip


def _of_group(search: Search, group: Any) -> Query:
    """The query of a search, of the documents of one group."""

    def build(context: Context) -> Sql:
        first = search.query.on(context) if search.query is not None else ALL
        field = context.field(str(search.collapse))
        if field is None:
            return first
        same = field.any("= ?", group) if group is not None else Sql(f"{field.sql} IS NULL")
        return Sql(f"({first.where}) AND ({same.where})", (*first.values, *same.values), first.score, first.weights)

    return Query(build, {})
