"""What the parsers of aggregations find out by themselves: before any index is looked at, and for all of a multi search."""

from __future__ import annotations

from clickstream_embedded.search.aggregations import composite, histograms, metrics, orders, terms
from clickstream_embedded.search.aggregations.tree import Node


def checked(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes. Raises SearchError and ShardError."""
    for node in (each for top in nodes for each in top.all()):
        if node.kind == "date_histogram":
            histograms.grid_of(node.spec)
        elif node.kind == "composite":
            composite.check(node.spec.get("sources"))
        elif node.kind in ("terms", "rare_terms"):
            terms.check_words(node)
        elif node.kind in ("percentiles", "percentile_ranks"):
            metrics.percents(node)
        if "order" in node.spec and node.kind in ("terms", "date_histogram", "histogram"):
            orders.entries(node.spec["order"], node.kind)
    return nodes
