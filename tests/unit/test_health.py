"""What is said of the health of the parts: a RUNNING in an answer is not yet health."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickstream_pipeline.health import Judge, Memory, MemoryFile, explain
from clickstream_pipeline.model import (
    Connector,
    ConsumerGroup,
    GroupPartition,
    Health,
    Index,
    Query,
    Reachability,
    Service,
    Snapshot,
    Source,
    StageState,
    StageStatus,
    Task,
    Topic,
)  # fmt: skip

START = 1_700_000_000_000
SINK = Connector(
    "es_sink_T", "sink", "RUNNING", "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", ("T",),
    (Task(0, "RUNNING", "w"),), (("topic.index.map", "T:t"),),
)  # fmt: skip
CLICKS = Connector(
    "DATAGEN_CLICKSTREAM", "source", "RUNNING", "io.confluent.kafka.connect.datagen.DatagenConnector", ("clickstream",),
    (Task(0, "RUNNING", "w"),), (("max.interval", "30"),),
)  # fmt: skip
SERVERS = tuple(Reachability(name, "there", True) for name in ("stack", "Kafka", "Connect", "ksqlDB", "Elasticsearch"))


def silent(name: str) -> tuple[Reachability, ...]:
    return tuple(replace(each, ok=each.name != name, reason=f"{name} does not answer") for each in SERVERS)


def group(name: str, committed: int, end: int) -> ConsumerGroup:
    return ConsumerGroup(name, "", (GroupPartition("T", 0, committed, 0, end),), (), end - committed)


def sinking(committed: int, end: int, documents: int | None, servers: tuple[Reachability, ...] = SERVERS) -> Snapshot:
    indices = () if documents is None else (Index("t", documents),)
    return Snapshot(
        connectors=(SINK,), topics=(Topic("T", 1, end, end),), indices=indices, servers=servers,
        groups=(group("connect-es_sink_T", committed, end),),
    )  # fmt: skip


@pytest.mark.parametrize("servers", [silent("Elasticsearch"), SERVERS])
def test_a_sink_that_runs_and_writes_nothing_while_its_lag_grows(servers: tuple[Reachability, ...]) -> None:
    judge = Judge()
    seen: dict[int, Health] = {}
    for second in range(0, 71, 5):
        sink = judge.judge(sinking(100, 100 + 60 * second, 100, servers), START + second * 1000).connectors[0]
        seen[second] = sink.health
    assert seen[0] is Health.OK
    assert seen[10] is Health.OK
    # once the cause is known it is told within ten seconds, not within twenty
    assert seen[15] is (Health.OK if servers is SERVERS else Health.DEGRADED)
    assert seen[20] is Health.DEGRADED
    assert seen[55] is Health.DEGRADED
    assert seen[65] is Health.FAILED
    sink = judge.judge(sinking(100, 4_000, 100, servers), START + 70_000).connectors[0]
    assert sink.since == START + 5_000  # when it began, not when it was noticed
    assert "wrote nothing for" in sink.why
    assert "records wait" in sink.why
    back = judge.judge(sinking(4_000, 4_400, 4_000), START + 75_000)
    assert back.connectors[0].health is Health.OK


def test_a_look_that_knows_the_documents_and_one_that_does_not_see_the_same_sink_stand_still(tmp_path: Path) -> None:
    """The console keeps the last documents of a server that went away, `status` has none: both use one memory."""
    file = MemoryFile(tmp_path / "health.json")
    file.save(Memory())
    health = Health.OK
    for second in range(0, 100, 2):
        memory = file.load()
        away = second > 10
        documents = 50 if second % 4 or not away else None
        look = sinking(50, 60 + second, documents, silent("Elasticsearch") if away else SERVERS)
        health = Judge(memory).judge(look, START + second * 1000).connectors[0].health
        file.save(memory)
    assert health is Health.FAILED
    # back, with fewer documents that are deleted but not merged yet: that is nothing written
    look = sinking(50, 200, 45)
    assert Judge(file.load()).judge(look, START + 101_000).connectors[0].health is Health.FAILED


def test_a_sink_that_commits_once_a_minute_is_well_while_its_documents_grow() -> None:
    judge = Judge()
    for second in range(0, 120, 5):
        judged = judge.judge(sinking(second // 60 * 600, 100 + 10 * second, 100 + 10 * second), START + second * 1000)
        assert judged.connectors[0].health is Health.OK, second


def test_a_sink_with_nothing_to_do_is_well_and_an_hour_of_rest_is_no_stall() -> None:
    judge = Judge()
    judge.judge(sinking(100, 100, 100), START)
    judge.judge(sinking(100, 100, 100), START + 3_600_000)
    assert judge.judge(sinking(100, 160, 100), START + 3_601_000).connectors[0].health is Health.OK


def test_what_one_look_saw_the_next_process_knows(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path / "health.json")
    for second in (0, 5):
        judge = Judge(file.load())
        judge.judge(sinking(100, 100 + 10 * second, 100), START + second * 1000)
        file.save(judge.memory)
    judged = Judge(file.load()).judge(sinking(100, 900, 100), START + 25_000)
    assert judged.connectors[0].health is Health.DEGRADED
    (tmp_path / "health.json").write_text("{ not json")
    assert file.load().counters == {}


def test_a_failed_task_tells_its_trace_and_a_finished_generator_is_well() -> None:
    broken = replace(
        SINK,
        tasks=(
            Task(
                0,
                "FAILED",
                "w",
                "org.apache.kafka.ConnectException: Tolerance exceeded\n\tat x.y(Z.java)\nCaused by: Oops: no index\n\tat z",
            ),
        ),
    )
    done = replace(
        CLICKS,
        tasks=(
            Task(
                0, "FAILED", "w", "ConnectException: Stopping connector: generated the configured 9 number of messages"
            ),
        ),
    )
    judged = Judge().judge(Snapshot(connectors=(broken, done), servers=SERVERS), START)
    assert judged.connectors[0].health is Health.FAILED
    assert "no index" in judged.connectors[0].why
    assert "\n" not in judged.connectors[0].why
    assert judged.connectors[1].health is Health.OK
    assert [problem.name for problem in judged.problems] == ["es_sink_T"]


def test_a_generator_whose_topic_gets_nothing() -> None:
    judge = Judge()
    for second, end, expected in (
        (0, 10, "ok"),
        (5, 20, "ok"),
        (22, 20, "degraded"),
        (70, 20, "failed"),
        (75, 30, "ok"),
    ):
        snapshot = Snapshot(connectors=(CLICKS,), topics=(Topic("clickstream", 1, end, end),), servers=SERVERS)
        judged = judge.judge(snapshot, START + second * 1000)
        assert judged.connectors[0].health.value == expected, second
    assert (
        judge.judge(Snapshot(connectors=(CLICKS,), servers=silent("Connect")), START + 80_000).connectors[0].health
        is Health.UNKNOWN
    )


def test_a_query_in_error_and_one_whose_topic_was_deleted() -> None:
    asked = Query(
        "CTAS_B_1",
        "PERSISTENT",
        "ERROR",
        ("B",),
        "CREATE TABLE B AS SELECT K, COUNT(*) FROM A GROUP BY K EMIT CHANGES;",
    )
    runs = replace(asked, query_id="CTAS_B_2", state="RUNNING")
    source = Source("A", "STREAM", "a", "KAFKA", "JSON", False)
    there = Snapshot(queries=(asked, runs), sources=(source,), topics=(Topic("a", 1), Topic("b", 1)), servers=SERVERS)
    judged = Judge().judge(there, START)
    assert [each.health for each in judged.queries] == [Health.FAILED, Health.OK]
    gone = Judge().judge(replace(there, topics=(Topic("b", 1),)), START)
    assert gone.queries[1].health is Health.FAILED
    assert "the topic a" in gone.queries[1].why


def test_a_service_that_runs_and_does_not_answer() -> None:
    runs = Service("elasticsearch", "running", True, "there")
    stopped = Service("kafka", "stopped", False, "there", reason="stopped on request")
    judged = Judge().judge(Snapshot(services=(runs, stopped), servers=silent("Elasticsearch")), START)
    assert [each.health for each in judged.services] == [Health.FAILED, Health.FAILED]
    assert judged.health is Health.FAILED


def test_since_is_kept_while_nothing_changes_and_rates_are_told() -> None:
    judge = Judge()
    first = judge.judge(Snapshot(topics=(Topic("a", 1, 10, 10),), servers=SERVERS), START)
    later = judge.judge(Snapshot(topics=(Topic("a", 1, 60, 60),), servers=SERVERS), START + 5_000)
    assert first.topics[0].since == later.topics[0].since == START
    assert later.topics[0].rate == pytest.approx(10.0)
    assert later.topics[0].last_write == START + 5_000
    still = later
    for second in range(10, 40, 5):
        still = judge.judge(Snapshot(topics=(Topic("a", 1, 60, 60),), servers=SERVERS), START + second * 1000)
    assert still.topics[0].rate == 0.0


def test_a_connector_that_could_not_start_says_why() -> None:
    trace = "org.apache.kafka.common.config.ConfigException: Invalid regex: Unclosed group near index 1\n\tat x.Y.z"
    broken = replace(SINK, state="FAILED", tasks=(), trace=trace)
    judged = Judge(Memory()).judge(Snapshot(connectors=(broken,)), 1000)
    assert judged.connectors[0].health is Health.FAILED
    assert "Invalid regex: Unclosed group" in judged.connectors[0].why
    assert trace in explain(judged.problems[0], judged)


def test_what_others_wait_for_comes_first_among_equals() -> None:
    parts: dict[str, Any] = {"health": Health.FAILED, "why": "broken"}
    snapshot = Snapshot(
        services=(Service("kafka", "failed", False, "", since=30, **parts),),
        connectors=(replace(SINK, since=20, **parts), replace(SINK, name="late", since=25, **parts)),
        stages=(StageStatus("template", "", StageState.FAILED, since=10, **parts),),
        queries=(Query("Q", "PERSISTENT", "RUNNING", (), "", health=Health.DEGRADED, since=1, why="slow"),),
    )  # fmt: skip
    assert [each.name for each in snapshot.problems] == ["kafka", SINK.name, "late", "template", "Q"]
    disk = StageStatus("doctor", "", StageState.FAILED, since=40, **parts)
    assert replace(snapshot, stages=(*snapshot.stages, disk)).problems[0].name == "doctor"
