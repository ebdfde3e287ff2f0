"""The whole pipeline in the states that the home screen and the flow must tell apart."""

from __future__ import annotations

from dataclasses import replace

from clickstream_pipeline.model import (
    Connector,
    Health,
    Index,
    Query,
    Reachability,
    Snapshot,
    Source,
    StageState,
    StageStatus,
    Task,
    Topic,
)
from tests.snapshot.states import NOW, READY

_AT = int(NOW * 1000)
_TABLES = ("CLICK_USER_SESSIONS", "ENRICHED_ERROR_CODES_COUNT", "ERRORS_PER_MIN_ALERT", "EVENTS_PER_MIN",
           "PAGES_PER_MIN", "USER_ACTIVITY", "USER_IP_ACTIVITY")  # fmt: skip
_SERVERS = (("stack", "supervisor"), ("Kafka", "127.0.0.1:9092"), ("Connect", "http://127.0.0.1:8083"),
            ("ksqlDB", "http://127.0.0.1:8088"), ("Elasticsearch", "http://127.0.0.1:9200"))  # fmt: skip
_OK = Health.OK


def _sink(table: str) -> Connector:
    return Connector(
        f"es_sink_{table}", "sink", "RUNNING", "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", (table,),
        (Task(0, "RUNNING", "127.0.0.1:8083"),), lag=0, rate=9.4, health=_OK,
    )  # fmt: skip


def _query(number: int, table: str) -> Query:
    text = f"CREATE TABLE {table} AS SELECT USERID, COUNT(*) AS N FROM CLICKSTREAM GROUP BY USERID;"
    return Query(f"CTAS_{table}_{number}", "PERSISTENT", "RUNNING", (table,), text, lag=3, rate=66.0, health=_OK)


WELL = Snapshot(
    services=tuple(replace(each, health=_OK) for each in READY.services),
    connectors=(
        Connector("DATAGEN_CLICKSTREAM", "source", "RUNNING", "io.confluent.kafka.connect.datagen.DatagenConnector",
                  ("clickstream",), (Task(0, "RUNNING", "w"),), rate=66.2, health=_OK),
        *(_sink(table) for table in _TABLES),
    ),
    sources=(Source("CLICKSTREAM", "STREAM", "clickstream", "KAFKA", "JSON", False),
             *(Source(table, "TABLE", table, "JSON", "JSON", True) for table in _TABLES)),
    queries=tuple(_query(number, table) for number, table in enumerate(_TABLES)),
    topics=(Topic("clickstream", 1, None, 1_234_567, rate=66.2, health=_OK),
            *(Topic(table, 1, None, 45_678, rate=9.4, health=_OK) for table in _TABLES)),
    indices=tuple(Index(table.lower(), 4_567, status="green", rate=9.4, health=_OK) for table in _TABLES),
    stages=tuple(replace(each, health=_OK) for each in READY.stages),
    servers=tuple(Reachability(name, address, True, since=0.0) for name, address in _SERVERS),
    number=1, at=_AT, health=_OK,
)  # fmt: skip

_WHY = ("es_sink_EVENTS_PER_MIN is RUNNING, but wrote nothing for 64 s while 12,345 records wait: "
        "Elasticsearch does not answer at http://127.0.0.1:9200 ([red]refused[/red]\x1b[2J)")  # fmt: skip
_TRACE = ("org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.\n"
          "\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:618)\n"
          "Caused by: org.elasticsearch.ElasticsearchStatusException: index is read-only\x1b[31m")  # fmt: skip


def _ill(sink: Connector) -> Connector:
    if sink.name == "es_sink_EVENTS_PER_MIN":
        return replace(sink, lag=12_345, rate=0.0, health=Health.FAILED, since=_AT - 64_000, why=_WHY)
    if sink.name == "es_sink_USER_ACTIVITY":
        return replace(sink, tasks=(Task(0, "FAILED", "w", _TRACE),), health=Health.FAILED, since=_AT - 12_000,
                       why="task 0 of es_sink_USER_ACTIVITY has failed: index is read-only", lag=77)  # fmt: skip
    return sink


ILL = replace(
    WELL,
    connectors=tuple(_ill(each) for each in WELL.connectors),
    queries=(replace(WELL.queries[0], state="PAUSED", health=Health.DEGRADED, since=_AT - 300_000,
                     why=f"{WELL.queries[0].query_id} is PAUSED, so its sink gets nothing"), *WELL.queries[1:]),
    indices=tuple(
        replace(each, rate=0.0, health=Health.FAILED, since=_AT - 64_000, why=f"{each.name} gets no documents: {_WHY}")
        if each.name == "events_per_min" else each for each in WELL.indices
    ),
    health=Health.FAILED,
)  # fmt: skip

# the first start: two stages are done, one runs, the rest waits
BEGINNING = replace(
    WELL, connectors=WELL.connectors[:1], sources=(), queries=(), topics=WELL.topics[:1], indices=(),
    stages=tuple(
        StageStatus(each.name, each.title, state, reason, health=health, since=_AT - 9_000)
        for each, state, reason, health in zip(
            READY.stages,
            (StageState.DONE, StageState.DONE, StageState.DONE, StageState.RUNNING, StageState.TODO, StageState.TODO,
             StageState.TODO),
            ("", "", "", "statement 7 of 19", "the template is missing", "7 sinks are missing", "not imported"),
            (_OK, _OK, _OK, *(Health.DEGRADED,) * 4), strict=True,
        )
    ),
    health=Health.DEGRADED,
)  # fmt: skip

# Kafka has not answered for a while: what was known of it stays, as what it is
STALE = replace(
    WELL,
    servers=tuple(replace(each, ok=False, reason="Kafka does not answer at 127.0.0.1:9092", since=None)
                  if each.name == "Kafka" else each for each in WELL.servers),
    services=tuple(replace(each, health=Health.FAILED, why="Kafka does not answer at 127.0.0.1:9092", since=_AT - 20_000)
                   if each.name == "kafka" else each for each in WELL.services),
    topics=tuple(replace(each, health=Health.UNKNOWN, rate=None) for each in WELL.topics),
    health=Health.FAILED,
)  # fmt: skip
