"""significant_terms: the terms that are more frequent among the documents found than among all."""

from __future__ import annotations

import math
from typing import Any

from clickstream_embedded.search.aggregations import orders
from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result
from clickstream_embedded.search.aggregations.terms import Children, chosen, shown_key
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.queries.base import ALL, Context, Field

HEURISTICS = ("jlh", "chi_square", "gnd", "percentage", "mutual_information")


def _score(node: Node, subset: int, subset_size: int, total: int, total_size: int) -> float:
    """How significant a term is (SignificanceHeuristic): its documents found, all found, its documents, all."""
    if not subset_size or not total_size or not total:
        return 0.0
    part, whole = subset / subset_size, total / total_size
    if "percentage" in node.spec:
        return subset / total
    if "gnd" in node.spec:
        if not subset:
            return 0.0
        far = (max(math.log(total), math.log(subset_size)) - math.log(subset)) / (
            math.log(total_size) - min(math.log(total), math.log(subset_size)) or math.inf)  # fmt: skip
        return math.exp(-far)
    if "chi_square" in node.spec or "mutual_information" in node.spec:
        if part < whole:
            return -math.inf
        cells = (subset, total - subset, subset_size - subset, total_size - total - subset_size + subset)
        if "chi_square" in node.spec:
            below = (cells[0] + cells[1]) * (cells[2] + cells[3]) * (cells[0] + cells[2]) * (cells[1] + cells[3])
            return total_size * (cells[0] * cells[3] - cells[1] * cells[2]) ** 2 / below if below else 0.0
        return _information(cells, total_size)
    return (part - whole) * (part / whole) if part > whole else 0.0


def _information(cells: tuple[int, ...], size: int) -> float:
    both, without, other, none = cells
    sums = ((both, both + without, both + other), (without, both + without, without + none), (other, other + none, both + other),
            (none, other + none, without + none))  # fmt: skip
    return sum(
        each / size * math.log2(size * each / (row * column)) for each, row, column in sums if each and row * column
    )


def background(context: Context) -> int:
    """How many documents Lucene has of the index: each nested object is one of its own."""
    many = context.count(ALL)
    for path, rule in context.index.mapping.flat().items():
        if rule.get("nested") and not rule.get("in"):
            row = context.database.row(
                f"SELECT SUM(json_array_length(docs.vals, {Field(path, {}).path})) FROM docs WHERE docs.idx = ?",
                (context.index.name,),
            )
            many += int(row[0] or 0) if row else 0
    return many


def run(found: Found, node: Node, level: Level, children: Children) -> Result:
    size, least = orders.number(node, "size", 10, 1), orders.number(node, "min_doc_count", 3)
    inner, value, column = found.values(node, level, once="{}")
    wanted = chosen(node, column)
    under = inner.under(value)
    groups = found.rows(under.statement("COUNT(*)"), len(level.keys))
    sizes = found.rows(level.statement("COUNT(*)"), len(level.keys))
    everything = sum(background(context) for context, _ in found.contexts)
    totals: dict[Any, int] = {}
    for context, _ in found.contexts:
        field = context.field(column.name)
        if field is not None:
            for key, count in found.database.rows(
                f"SELECT each.value, COUNT(DISTINCT docs.seq) FROM docs, json_each({field.values}, {field.path}) AS each "
                "WHERE docs.idx = ? GROUP BY 1", (context.index.name,),
            ):  # fmt: skip
                totals[key] = totals.get(key, 0) + count
    below = children(under)

    def result(keys: Keys) -> dict[str, Any]:
        many = sizes[keys][0][0] if keys in sizes else 0
        rows: list[tuple[float, Any, int, int]] = []
        for key, count in groups.get(keys, []):
            total = int(totals.get(key) or count)
            score = _score(node, count, many, total, everything)
            if score > 0 and count >= least and wanted(key):
                rows.append((score, key, count, total))
        rows.sort(key=lambda row: -row[0])
        buckets = [below((*keys, key), {**shown_key(key, column, node), "doc_count": count, "score": score, "bg_count": total})
                   for score, key, count, total in rows[:size]]  # fmt: skip
        found.made(len(buckets))
        return {"doc_count": many, "bg_count": everything, "buckets": buckets}

    return result
