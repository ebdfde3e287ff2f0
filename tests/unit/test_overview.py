"""The pipeline as six parts, rates of what moves in bursts, and what mends a problem."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clickstream_pipeline import lineage
from clickstream_pipeline.event_log import EventLog
from clickstream_pipeline.health import Memory, explain
from clickstream_pipeline.model import ConsumerGroup, GroupPartition, Health, Problem, Snapshot
from clickstream_pipeline.overview import sections
from clickstream_tui.remedies import remedy
from clickstream_widgets.sparkline import sparkline
from tests.snapshot.home_states import ILL, STALE, WELL
from tests.snapshot.states import EMPTY


def _of(snapshot: Snapshot) -> dict[str, tuple[int | None, int | None, Health]]:
    return {each.name: (each.running, each.total, each.health) for each in sections(snapshot)}


def test_each_part_counts_what_does_what_it_should() -> None:
    found = _of(ILL)
    assert found["generators"] == (1, 1, Health.OK)
    assert found["queries"] == (6, 7, Health.DEGRADED)
    assert found["sinks"] == (5, 7, Health.FAILED)
    assert found["indices"] == (6, 7, Health.FAILED)


def test_nothing_is_known_before_the_first_look() -> None:
    assert {each.health for each in sections(EMPTY)} == {Health.UNKNOWN}
    assert all(each.rate is None and each.lag is None for each in sections(EMPTY))


def test_what_a_silent_server_has_is_not_known_and_not_zero() -> None:
    topics = next(each for each in sections(STALE) if each.name == "topics")
    assert (topics.running, topics.total, topics.rate, topics.health) == (None, 8, None, Health.UNKNOWN)
    sinks = next(each for each in sections(STALE) if each.name == "sinks")
    assert sinks.lag is None  # Kafka would have to tell it


def test_a_lag_is_that_of_all() -> None:
    sinks = next(each for each in sections(ILL) if each.name == "sinks")
    assert sinks.lag == 12_345 + 77


def test_an_index_that_is_written_in_bursts_keeps_its_rate_between_them() -> None:
    memory, seen = Memory(), []
    for second in range(15, 150, 3):
        found = memory.count("index:x", second // 15 * 300, second * 1000, waiting=1)
        assert found is not None
        seen.append(found.rate)
    assert seen[0] is None
    assert 0.0 not in seen
    settled = seen[12:]
    assert all(rate is not None and 10 <= rate <= 40 for rate in settled), settled  # 20/s on the average


def test_a_rate_ends_once_nothing_has_moved_for_long() -> None:
    memory = Memory()
    for second in range(30):
        memory.count("topic:x", second * 66, second * 1000, waiting=1)
    at = [memory.count("topic:x", 29 * 66, second * 1000, waiting=1) for second in range(30, 50)]
    assert at[-1] is not None
    assert at[-1].rate == 0.0


@pytest.mark.parametrize(("values", "drawn"), [
    ([], ""), ([0, 0], "▁▁"), ([0, 5, 10], "▁▅█"), ([None, 10], " █"), ([1, 2, 3, 4], "▅▆█"),
])  # fmt: skip
def test_a_course_begins_at_zero_and_has_gaps(values: list[float | None], drawn: str) -> None:
    assert sparkline(values, 3) == drawn


@pytest.mark.parametrize(("kind", "why", "action"), [
    ("service", "kafka is stopped: stopped on request", "start"), ("service", "kafka does not answer", "restart"),
    ("connector", "X is PAUSED", "resume"), ("connector", "X is RUNNING, but wrote nothing", "restart"),
    ("stage", "the template is missing", "run"), ("query", "Q is PAUSED, so its sink gets nothing", "show"),
    ("topic", "1 of 1 partitions have no leader", "show"), ("index", "the index is closed", "show"),
])  # fmt: skip
def test_each_problem_has_what_mends_it(kind: str, why: str, action: str) -> None:
    assert remedy(Problem(kind, "X", Health.FAILED, 0, why)).action == action


def test_a_problem_is_told_whole() -> None:
    problem = next(each for each in ILL.problems if each.name == "es_sink_USER_ACTIVITY")
    text = explain(problem, ILL)
    assert "WorkerSinkTask.java:618" in text
    assert "since 2023-11-14" in text


def test_a_server_that_is_silent_is_one_event_not_one_of_each_of_its_things() -> None:
    log = EventLog()
    log.snapshot(WELL)
    found = log.snapshot(STALE)
    assert [(each.kind, each.target) for each in found] == [("service", "kafka"), ("server", "Kafka")]
    assert log.snapshot(STALE) == found  # the same look is not told twice
    assert len(log.events) == 2
    assert all(each.kind in ("service", "server") for each in log.snapshot(replace(WELL, number=3)))


def test_in_the_flow_what_leads_to_something_broken_comes_first() -> None:
    lines = lineage.lines(lineage.build(ILL))
    names = [line.node.name for line in lines if line.node.kind == "connector"]
    assert names[:3] == ["DATAGEN_CLICKSTREAM", "es_sink_EVENTS_PER_MIN", "es_sink_USER_ACTIVITY"]
    sink = next(line.node for line in lines if line.node.name == "es_sink_EVENTS_PER_MIN")
    assert (sink.lag, sink.rate, sink.bad) == (12_345, 0.0, True)
    assert sink.state.startswith("is RUNNING, but wrote nothing")
    assert lines[0].node.worst is Health.FAILED
    moving = [line.node.rate for line in lines if line.node.kind == "index" and line.node.health is Health.OK]
    assert moving
    assert all(moving)


def test_in_the_flow_each_edge_has_what_flows_and_waits_on_it() -> None:
    """They stood on the parts: of a query that reads two topics nobody saw which one waited."""
    places = tuple(GroupPartition(topic, 0, 10, 0, end) for topic, end in (("clickstream", 13), ("EVENTS_PER_MIN", 14)))
    query = next(each for each in WELL.queries if each.sinks == ("EVENTS_PER_MIN",))
    group = ConsumerGroup("reader", "Stable", places, lag=7)
    joined = replace(query, group="reader", query_id="J", sinks=(), lag=7, rate=9.0,
                     text="CREATE STREAM J AS SELECT * FROM CLICKSTREAM C JOIN EVENTS_PER_MIN E ON C.ID = E.ID;")  # fmt: skip
    lines = lineage.lines(lineage.build(replace(WELL, queries=(*WELL.queries, joined), groups=(group,))))
    assert [line.node.edge for line in lines if line.node.name == "J"] == [lineage.Edge(None, 4), lineage.Edge(None, 3)]
    sink = next(line.node for line in lines if line.node.name == "es_sink_EVENTS_PER_MIN")
    assert (sink.edge.rate, sink.edge.lag) == (sink.rate, sink.lag)
    assert lines[0].node.edge == lineage.Edge()
    assert lines[1].node.edge.rate is not None


def test_in_the_flow_a_topic_and_its_stream_are_one_part() -> None:
    """They were two lines for one thing, and the second had neither rate nor state."""
    (root, *_) = lineage.build(WELL)
    (topic,) = root.children
    assert topic.label == "clickstream (stream CLICKSTREAM)"
    assert (topic.rate, {child.kind for child in topic.children}) == (66.2, {"query"})
    written = {child.children[0].label for child in topic.children}
    assert "EVENTS_PER_MIN (table)" in written
    more = replace(WELL, sources=(*WELL.sources, replace(WELL.sources[0], name="COPY")))
    assert lineage.build(more)[0].children[0].label == "clickstream (stream CLICKSTREAM, stream COPY)"
    drawn = [line.node.key for line in lineage.lines(lineage.build(more))]
    assert len(set(drawn)) == len(drawn)
