"""Runs a tree of aggregations: a statement an aggregation, whatever the number of buckets around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream_embedded.search.aggregations import (
    composite,
    filters,
    histograms,
    metrics,
    nesting,
    pipelines,
    places,
    significant,
    terms,
)
from clickstream_embedded.search.aggregations.catalog import SIBLINGS
from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import illegal
from clickstream_embedded.search.queries.base import Query

TopHits = Callable[[Found, Node, Level], Result]
_KEYED = {"terms": terms.run, "rare_terms": terms.rare, "date_histogram": histograms.dates, "histogram": histograms.numbers,
          "auto_date_histogram": histograms.automatic, "range": filters.ranges, "date_range": filters.ranges,
          "composite": composite.run, "geohash_grid": places.grid, "geotile_grid": places.grid, "geo_distance": places.distances,
          "ip_range": places.addresses, "significant_terms": significant.run, "significant_text": significant.run}  # fmt: skip

_NOT_THERE = {
    "significant_terms": ("background_filter",), "significant_text": ("background_filter", "filter_duplicate_text"),
    "geohash_grid": ("bounds",), "geotile_grid": ("bounds",),
}  # fmt: skip


class Conditions:
    """The queries within a tree, each with the number of its column in the table."""

    def __init__(self, nodes: tuple[Node, ...], parse: Callable[[Any], Query]) -> None:
        """Raises SearchError for a query that is none."""
        self.queries: dict[int, Query] = {}
        self._of: dict[int, tuple[list[int], list[str]]] = {}
        for node in (each for top in nodes for each in top.all()):
            numbers: list[int] = []
            names: list[str] = []
            for name, query in filters.conditions(node, parse):
                numbers.append(len(self.queries))
                names.append(name)
                self.queries[len(self.queries)] = query
            self._of[id(node)] = numbers, names

    def of(self, node: Node) -> tuple[list[int], list[str]]:
        return self._of[id(node)]


class Engine:
    """The aggregations of one search."""

    def __init__(self, found: Found, conditions: Conditions, top_hits: TopHits) -> None:
        self._found, self._conditions, self._top_hits = found, conditions, top_hits

    def check(self, nodes: tuple[Node, ...], parent: Node | None = None) -> None:
        """What is wrong, in the order of the real server: the pipelines of a level, then each node before what is in it.

        Raises SearchError and ShardError.
        """
        for node in nodes:
            if node.kind in SIBLINGS or node.kind in pipelines.PARENTS:
                pipelines.check(node, tuple(each for each in nodes if each is not node), parent)
        for node in nodes:
            if node.kind in SIBLINGS or node.kind in pipelines.PARENTS:
                continue
            if node.kind == "nested":
                nesting.check(self._found, node)
            self._found.check(node)
            self.check((*node.children, *node.pipelines), node)

    def run(self, nodes: tuple[Node, ...], everything: bool) -> dict[str, Any]:
        """The `aggregations` of an answer. Raises SearchError and ShardError."""
        plain = tuple(node for node in nodes if node.kind not in SIBLINGS)
        level = Level().restricted("found.hit") if everything else Level()
        built = {node.name: self.one(node, level) for node in plain}
        results = {name: run(()) for name, run in built.items()}
        return self._with_siblings(tuple(node for node in nodes if node.kind in SIBLINGS), results)

    @staticmethod
    def _with_siblings(nodes: tuple[Node, ...], results: dict[str, Any]) -> dict[str, Any]:
        for node in nodes:
            results[node.name] = pipelines.of_siblings(node, results)
        return results

    def one(self, node: Node, level: Level) -> Result:
        """What gives a node's result for each combination of the keys around it."""
        made = self._made(node, level)
        along = [each for each in node.pipelines if each.kind not in SIBLINGS]

        def result(keys: Keys) -> dict[str, Any]:
            found = made(keys)
            for each in along:
                buckets = found.get("buckets")
                if isinstance(buckets, list):
                    found["buckets"] = pipelines.along(each, buckets)
                elif isinstance(buckets, dict):
                    pipelines.along(each, list(buckets.values()))
            return {**({"meta": node.meta} if node.meta else {}), **found}

        return result

    def _made(self, node: Node, level: Level) -> Result:
        found = self._found
        _refuse_what_is_not_there(node, level)

        def children(inner: Level) -> terms.Inner:
            built = [(child.name, self.one(child, inner)) for child in node.children]
            siblings = tuple(each for each in node.pipelines if each.kind in SIBLINGS)

            def fill(keys: Keys, bucket: dict[str, Any]) -> dict[str, Any]:
                results = {name: run(keys) for name, run in built}
                bucket.update(self._with_siblings(siblings, results))
                return bucket

            return fill

        if node.kind in _KEYED:
            return _KEYED[node.kind](found, node, level, children)
        if node.kind == "top_hits":
            return self._top_hits(found, node, level)
        if node.kind in ("filter", "global", "missing"):
            return filters.single(found, node, level, children, self._conditions.of(node)[0])
        if node.kind in ("nested", "reverse_nested", "sampler", "diversified_sampler"):
            numbers = [number for each in node.all() if each is not node for number in self._conditions.of(each)[0]]
            return nesting.run(found, node, level, children, numbers)
        if node.kind in ("geo_bounds", "geo_centroid"):
            return places.measures(found, node, level)
        if node.kind == "adjacency_matrix":
            return filters.adjacency(found, node, level, children, *self._conditions.of(node))
        if node.kind == "filters":
            return filters.several(found, node, level, children, *self._conditions.of(node))
        return metrics.run(found, node, level)


def _refuse_what_is_not_there(node: Node, level: Level) -> None:
    """Rather than an answer that leaves an option out. Raises SearchError."""
    for option in _NOT_THERE.get(node.kind, ()):
        if node.spec.get(option):
            raise illegal(f"[{option}] of [{node.kind}] is not there in this server")
    if node.kind == "top_hits" and level.path:
        raise illegal("[top_hits] of nested objects is not there in this server")
