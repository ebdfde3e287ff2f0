"""The present rows of an aggregated table, computed from the state of its aggregation when they are asked for."""

from __future__ import annotations

import copy
import threading

from clickstream_embedded.ksqldb.materialization.table_view import Entry
from clickstream_embedded.ksqldb.operators.aggregation import Aggregation
from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Project, Row, TableFilter, hashable
from clickstream_embedded.ksqldb.planning.topology import Output, Topology


class DerivedView:
    """Rows by key and window, as HAVING and SELECT make them from the state; nothing is held twice.

    Like ksqlDB's own, which reads the state store through its cache, it also shows what is not committed yet.
    """

    def __init__(self, aggregation: Aggregation, behind: list[Operator]) -> None:
        self.aggregation = aggregation
        self._output = Output()
        self._lock = threading.Lock()  # of the output, which requests share
        nodes = [copy.copy(node) for node in behind]
        for node in nodes:
            if isinstance(node, (Project, TableFilter)):
                node.forget_errors()  # they were counted when the row was made
        for node, following in zip(nodes, [*nodes[1:], self._output], strict=True):
            node.next = following
        self._first = nodes[0]

    @classmethod
    def of(cls, topology: Topology) -> DerivedView | None:
        """The view of a query, None where its rows cannot be told from the state of one aggregation."""
        places = [number for number, node in enumerate(topology.nodes) if isinstance(node, Aggregation)]
        if not places or not topology.is_table:
            return None
        *behind, last = topology.nodes[places[-1] + 1 :]
        aggregation = topology.nodes[places[-1]]
        assert isinstance(aggregation, Aggregation)
        if (
            not behind
            or last is not topology.output
            or not all(type(node) in (TableFilter, Project) for node in behind)
        ):
            return None
        return cls(aggregation, behind)

    def of_key(self, key: Row) -> list[Entry]:
        """The rows of one key: one a window."""
        return self._rows(self.aggregation.records(hashable(key)))

    def all(self) -> list[Entry]:
        return self._rows(self.aggregation.records(None))

    def _rows(self, records: Batch) -> list[Entry]:
        horizon = self.aggregation.horizon
        if horizon is not None:
            records = [r for r in records if r[3] is not None and r[3][1] >= horizon]
        with self._lock:
            self._first.process(records)
            found = self._output.take()
        return [(key or (), window, row, timestamp) for key, row, timestamp, window, _ in found if row is not None]


__all__ = ["DerivedView"]
