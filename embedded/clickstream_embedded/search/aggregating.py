"""The aggregations of a search over the documents that it found."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import hits, sorting
from clickstream_embedded.search.aggregations import tree
from clickstream_embedded.search.aggregations.engine import Conditions, Engine
from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.queries.base import Context, Sql
from clickstream_embedded.search.request import Search
from clickstream_embedded.search.showing import Showing
from clickstream_embedded.search.sorting import SortKey
from clickstream_embedded.search.store import Store


class Aggregating:
    """Runs the aggregations of one search; whoever runs it holds the lock of the store."""

    def __init__(self, store: Store, nodes: tuple[tree.Node, ...]) -> None:
        self._store, self._nodes = store, nodes

    def results(self, contexts: list[tuple[Context, Sql]]) -> dict[str, Any]:
        """The `aggregations` of the answer, of what matches the condition in each index. Raises SearchError and ShardError."""
        nodes = self._nodes
        conditions = Conditions(nodes, registry.parse)
        everything = tree.has(nodes, "global")
        orders: dict[str, dict[str, str]] = {}
        named = {context.index.name: context for context, _ in contexts}
        tops = {id(node): self._top_sort(node) for top in nodes for node in top.all() if node.kind == "top_hits"}
        for number, keys in enumerate(tops.values()):
            for place, key in enumerate(keys):
                orders[f"t{number}_{place}"] = {name: key.sql(context) for name, context in named.items()}
        numbers = {identity: number for number, identity in enumerate(tops)}

        def top_hits(found: Found, node: tree.Node, level: Level) -> Result:
            return self._top_hits(found, node, level, tops[id(node)], numbers[id(node)], named)

        values = Found(
            self._store.database, contexts, nodes, everything=everything, filters=conditions.queries, orders=orders
        )
        Engine(values, conditions, top_hits).check(nodes)
        with values as found:
            for part in ("persistent", "transient"):
                found.most = int(self._store.cluster[part].get("search.max_buckets", found.most))
            return Engine(found, conditions, top_hits).run(nodes, everything)

    @staticmethod
    def _top_sort(node: tree.Node) -> list[SortKey]:
        return sorting.parse(node.spec.get("sort")) or [SortKey("_doc")]

    def _top_hits(
        self,
        found: Found,
        node: tree.Node,
        level: Level,
        keys: list[SortKey],
        number: int,
        contexts: dict[str, Context],
    ) -> Result:
        size, start = int(node.spec.get("size", 3)), int(node.spec.get("from", 0))
        order = ", ".join([*(key.order(f"t{number}_{place}") for place, key in enumerate(keys)), "found.seq ASC"])
        partition = f"PARTITION BY {', '.join(level.keys)} " if level.keys else ""
        named = [f"{key} AS k{place}" for place, key in enumerate(level.keys)]
        columns = [f"found.t{number}_{place} AS t{number}_{place}" for place in range(len(keys))]
        inner = f"temp.found {' '.join(level.joins)}{' WHERE ' + ' AND '.join(level.where) if level.where else ''}"
        shown = ", ".join([*named, "found.seq AS seq", *columns, f"ROW_NUMBER() OVER ({partition}ORDER BY {order}) AS place",
                           f"COUNT(*) OVER ({partition.strip()}) AS many"])  # fmt: skip
        rows = found.rows(f"SELECT * FROM (SELECT {shown} FROM {inner}) WHERE place > {start} AND place <= {start + size} ORDER BY place",
                          len(level.keys))  # fmt: skip
        search = Search(size=size, sort=tuple(keys) if node.spec.get("sort") else (), source=hits.source_of(node.spec.get("_source")),
                        docvalues=hits.Docvalues(node.spec.get("docvalue_fields")), version=bool(node.spec.get("version")),
                        numbers=bool(node.spec.get("seq_no_primary_term")))  # fmt: skip
        showing = Showing(self._store, search)

        def result(given: Keys) -> dict[str, Any]:
            group = rows.get(given, [])
            made = [showing.hit((row[0], 1.0, *row[1 : 1 + len(keys)]), contexts) for row in group]
            many = group[0][-1] if group else 0
            best = None if node.spec.get("sort") or not made else 1.0
            return {"hits": {"total": self._store.dialect.total(many), "max_score": best, "hits": made}}

        return result
