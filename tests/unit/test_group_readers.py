"""Which query or connector holds the offsets of a consumer group."""

from __future__ import annotations

from dataclasses import replace

from clickstream_pipeline import group_readers
from clickstream_pipeline.model import Connector, Query, Task


def test_who_holds_the_offsets_of_a_group() -> None:
    query = Query("CTAS_A_1", "PERSISTENT", "PAUSED", ("A",), "CREATE TABLE A AS SELECT 1;")
    sink = Connector("s", "sink", "RUNNING", "x", ("A",), (Task(0, "PAUSED", "w"),))
    assert "CTAS_A_1" in group_readers.obstacle("_confluent-ksql-prod_query_CTAS_A_1", [query], [])
    assert not group_readers.obstacle("_confluent-ksql-prod_query_CTAS_A_11", [query], [])
    assert not group_readers.obstacle("query_CTAS_A_1", [query], [])
    assert "connector s" in group_readers.obstacle("connect-s", [], [sink])
    assert not group_readers.obstacle("connect-s", [], [replace(sink, tasks=())])  # stopped
    assert not group_readers.obstacle("connect-s", [], [replace(sink, tasks=(Task(0, "FAILED", "w"),))])
    own = replace(sink, config=(("consumer.override.group.id", "mine"),))
    assert group_readers.obstacle("mine", [], [own])
    assert not group_readers.obstacle("connect-s", [], [own])
    assert not group_readers.obstacle("connect-s", [], [replace(sink, kind="source")])
