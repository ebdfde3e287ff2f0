"""Snapshots of the pipeline for pictures: empty, ready and failed."""

from __future__ import annotations

from clickstream_pipeline.charts import Series
from clickstream_pipeline.model import (
    Connector,
    Index,
    Query,
    Reachability,
    Record,
    Service,
    Snapshot,
    Source,
    StageState,
    StageStatus,
    Task,
    Topic,
)

_SERVERS = (
    ("kafka", "127.0.0.1:9092"),
    ("elasticsearch", "http://127.0.0.1:9200"),
    ("connect", "http://127.0.0.1:8083"),
    ("ksqldb", "http://127.0.0.1:8088"),
)
_STAGES = (
    ("doctor", "Preflight checks"), ("services", "Servers up and ready"), ("connectors", "Data generators"),
    ("statements", "Streams and tables"), ("template", "Search index template"), ("sinks", "Tables to search indices"),
    ("dashboard", "Dashboard"),
)  # fmt: skip

NOW = 1_700_000_000.0  # seconds since the epoch, on the clock of every picture
EMPTY = Snapshot()

READY = Snapshot(
    services=tuple(Service(n, "running", True, a, 100, 0, "", 3.0, 40 * 2**20, "") for n, a in _SERVERS),
    connectors=tuple(
        Connector(
            name,
            "source",
            state,
            "io.confluent.kafka.connect.datagen.DatagenConnector",
            (topic,),
            (Task(0, state, "w"),),
        )
        for name, state, topic in (
            ("DATAGEN_CLICKSTREAM", "RUNNING", "clickstream"),
            ("DATAGEN_CLICKSTREAM_CODES", "PAUSED", "clickstream_codes"),
        )
    ),
    stages=tuple(StageStatus(n, t, StageState.DONE) for n, t in _STAGES),
    servers=tuple(Reachability(n, a, True, "", 0.0) for n, a in (("stack", "supervisor"), ("Kafka", "127.0.0.1:9092"))),
    number=1,
)

# What the listing screens show: one chain from connector to index, a failed query, a name that means harm.
LINKED = Snapshot(
    connectors=(
        READY.connectors[0],
        Connector("ES_SINK_EVENTS_PER_MIN", "sink", "RUNNING", "x.ElasticsearchSinkConnector", ("EVENTS_PER_MIN",),
                  (Task(0, "RUNNING", "w"),)),
    ),
    sources=(
        Source("CLICKSTREAM", "STREAM", "clickstream", "KAFKA", "JSON", False),
        Source("EVENTS_PER_MIN", "TABLE", "EVENTS_PER_MIN", "JSON", "JSON", True),
        Source("[red]BAD[/red]", "STREAM", "bad\x1b[2J", "KAFKA", "JSON", False),
    ),
    queries=(
        Query("CTAS_EVENTS_PER_MIN_1", "PERSISTENT", "RUNNING", ("EVENTS_PER_MIN",),
              "CREATE TABLE EVENTS_PER_MIN AS SELECT USERID, COUNT(*) FROM CLICKSTREAM GROUP BY USERID;"),
        Query("CSAS_BAD_2", "PERSISTENT", "ERROR", ("[red]BAD[/red]",),
              "CREATE STREAM `[red]BAD[/red]` AS SELECT * FROM CLICKSTREAM;"),
    ),
    topics=(
        Topic("_confluent-ksql-default__command_topic", 1, 3), Topic("clickstream", 1, 12345),
        Topic("EVENTS_PER_MIN", 1, 678), Topic("bad\x1b[2J", 1, 0),
    ),
    indices=(Index("events_per_min", 600),),
    number=1,
)  # fmt: skip

FAILED = Snapshot(
    services=(
        Service("kafka", "restarting", False, "127.0.0.1:9092", None, 3, "was killed by signal 9; starting again in 1.0 s"),
        Service("ksqldb", "stopped", False, "http://127.0.0.1:8088", None, 0, "stopped on request"),
    ),
    connectors=(
        Connector("es_sink_EVENTS_PER_MIN", "sink", "RUNNING", "x.ElasticsearchSinkConnector", ("EVENTS_PER_MIN",),
                  (Task(0, "FAILED", "w", "ConnectException: [red]Bulk request failed[/red]\x1b[31m\nat line 2"),)),
    ),
    stages=(
        StageStatus("doctor", "Preflight checks", StageState.DONE),
        StageStatus("services", "Servers up and ready", StageState.FAILED, "kafka is restarting"),
        StageStatus("connectors", "Data generators", StageState.TODO, "Kafka Connect does not answer at http://127.0.0.1:8083"),
    ),
    servers=(Reachability("Connect", "http://127.0.0.1:8083", False, "Kafka Connect does not answer at http://127.0.0.1:8083"),),
    number=1,
)  # fmt: skip

_CLICK = {"ip": "1.2.3.4", "userid": 7, "request": "GET /index.html HTTP/1.1", "status": "404", "bytes": "278"}
RECORDS = [
    Record("clickstream", 0, n, 1_700_000_000_000 + n * 30, "1.2.3.4", {**_CLICK, "userid": n}) for n in range(40)
]
RECORDS[20] = Record("clickstream", 0, 20, 1_700_000_000_600, "[b]k[/b]", "\x1b]0;evil\x07 [red]markup[/red]")

SERIES = {
    "bandwidth": [Series("bytes/s", tuple(float(n * 5) for n in range(24)), tuple(float(n % 7 * 100) for n in range(24)))],
    "errors": [Series(s, tuple(float(n * 5) for n in range(24)), tuple(float(n + i) for n in range(24))) for i, s in enumerate(("404", "405"))],
    "sessions": [Series("open", tuple(float(n * 2) for n in range(24)), tuple(float(n // 4) for n in range(24)))],
}  # fmt: skip
