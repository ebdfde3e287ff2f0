"""Second scores of the best hits, and further documents of collapsed groups."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.database import Database
from clickstream_embedded.search.queries.base import Context
from clickstream_embedded.search.request import Rescore

Row = tuple[Any, ...]


def rescored(database: Database, contexts: list[Context], rows: list[Row], each: Rescore) -> list[Row]:
    """The rows (sequence, score, ...) in the order of their new scores (Lucene's QueryRescorer). Raises ShardError."""
    best = rows[: each.window]
    second: dict[int, float] = {}
    marks = ",".join(str(int(row[0])) for row in best)
    for context in contexts:
        sql = each.query.on(context)
        found = database.rows(
            f"SELECT docs.seq, {sql.score} FROM docs WHERE docs.idx = ? AND docs.seq IN ({marks}) AND ({sql.where})",
            (*sql.weights, context.index.name, *sql.values),
        )
        second |= {int(seq): float(score) for seq, score in found}
    first, weight = each.weights
    made: list[Row] = []
    for place, row in enumerate(rows):
        score = float(row[1] or 0) * first
        if place < len(best) and row[0] in second:
            score = _joined(score, second[row[0]] * weight, each.mode)
        made.append((row[0], score, score, *row[3:]))
    return sorted(made, key=lambda row: (-row[1], row[0]))


def _joined(one: float, two: float, mode: str) -> float:
    return {
        "total": one + two,
        "multiply": one * two,
        "avg": (one + two) / 2,
        "max": max(one, two),
        "min": min(one, two),
    }[mode]
