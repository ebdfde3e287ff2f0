"""A planned query: its operators, from where records go in to where results come out."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.ksqldb.operators.operator import Batch, Operator, Row
from clickstream_embedded.ksqldb.operators.state_store import StateStore
from clickstream_embedded.ksqldb.planning.model import Input
from clickstream_embedded.ksqldb.types.schema import Column, Schema


class Output(Operator):
    """The end of a topology: collects what comes out until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.records: Batch = []

    def process(self, batch: Batch) -> None:
        self.records += batch

    def take(self) -> Batch:
        """What has come out since the last call."""
        taken, self.records = self.records, []
        return taken


@dataclass
class Topology:
    """A running query: where each input's records go in, and where results come out."""

    inputs: list[tuple[Input, Operator]]
    output: Output
    nodes: list[Operator]
    schema: Schema
    is_table: bool
    window: str | None
    window_size: int | None
    columns: tuple[Column, ...]
    identity: tuple[tuple[str, int] | None, ...] = ()
    strict_times: bool = False  # a record whose TIMESTAMP column holds no time ends the query
    strict_values: bool = False  # and so does one that cannot be read

    def tombstone(self, key: Row | None, window: tuple[int, int] | None) -> Row:
        """The row that stands for a deleted one: its key and window, all else null."""
        parts = {"key": key or (), "window": window or ()}
        return tuple(
            None if place is None or place[1] >= len(parts[place[0]]) else parts[place[0]][place[1]]
            for place in self.identity
        )

    @property
    def stores(self) -> list[StateStore]:
        return [store for node in self.nodes for store in node.stores]

    @property
    def late(self) -> int:
        """Records that came after their window had closed."""
        return sum(getattr(node, "late", 0) for node in self.nodes)

    @property
    def retention(self) -> int | None:
        """How long a window is kept, in ms; None without windows."""
        return next((node.retention for node in self.nodes if hasattr(node, "retention")), None)  # type: ignore[attr-defined]

    def flush(self) -> None:
        """Emits what the cache holds: the commit interval has passed."""
        for _, node in self.inputs:
            node.flush()
