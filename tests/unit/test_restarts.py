"""What a query knows after a restart: also the time of records that left nothing else behind."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.codec import Codec
from tests.conformance.offline import OfflineEngine, run_statements

SOURCES = """
CREATE STREAM A (K INT KEY, G INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM B (K INT KEY, G INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', PARTITIONS=1);
"""
CASES = [
    ("CREATE TABLE O AS SELECT G, COUNT(*) AS C FROM A WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY G;", None),
    ("CREATE TABLE O AS SELECT G, COUNT(*) AS C FROM A WINDOW SESSION (1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY G;", None),
    ("CREATE STREAM O AS SELECT B.K AS K, A.G, B.G FROM A LEFT JOIN B WITHIN 1 SECOND GRACE PERIOD 1 SECOND ON A.G + 0 = B.K;", 2),
]  # fmt: skip
# a record; then one, in a group of its own or in none, moves time far on; behind the restart one is late by then
FIRST, LATE = ({"G": 1}, 0), ({"G": 1}, 100)


def _topology(query: str, folder: Path) -> Topology:
    engine = OfflineEngine(folder)
    run_statements(engine, [SOURCES, query], {})
    topology = engine.planned[-1].topology
    engine.close()
    return topology


def _feed(topology: Topology, records: list[tuple[Any, int]]) -> list[Any]:
    side, node = topology.inputs[0]
    read = Codec(side.source).reader()
    for value, time in records:
        node.process([read(struct.pack(">i", 7), json.dumps(value).encode(), time, 0, 0, [])])
    return topology.output.take()


@pytest.mark.parametrize(("query", "group"), CASES)
def test_a_late_record_is_late_after_a_restart_too(query: str, group: int | None, tmp_path: Path) -> None:
    before: list[tuple[Any, int]] = [FIRST, ({"G": group}, 90_000)]
    without = _topology(query, tmp_path / "1")
    expected = [_feed(without, before), _feed(without, [LATE])]
    first, second = _topology(query, tmp_path / "2"), _topology(query, tmp_path / "3")
    store = CheckpointStore(tmp_path / "state.sqlite")
    shown = _feed(first, before)
    store.commit("q", first.stores, {})
    store.load("q", second.stores)
    for node in second.nodes:
        node.restore()
    second.flush()
    second.output.take()
    assert [shown, _feed(second, [LATE])] == expected
    assert shown
    store.close()
