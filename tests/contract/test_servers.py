"""The embedded servers over their real protocols: answers in the shapes that the real ones gave."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,  # pyright: ignore[reportPrivateImportUsage]
)

from clickstream_pipeline import alerts
from clickstream_pipeline.errors import Refused, StatementError
from clickstream_pipeline.session import PipelineSession
from tests.conftest import shared, wait_until
from tests.processes import Server


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def recorded(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shared(f"recordings/{name}.jsonl").read_text().splitlines()]


async def test_confluent_kafka_works_with_the_broker(pipeline: PipelineSession) -> None:
    bootstrap = pipeline.kafka.bootstrap
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic("contract", 3, 1)])["contract"].result(5)
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number in range(1000):
        producer.produce("contract", str(number), key=str(number % 7), timestamp=1_700_000_000_000 + number)
    assert producer.flush(10) == 0
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": "contract",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    consumer = Consumer(settings)
    consumer.subscribe(["contract"])
    seen: list[int] = []
    while len(seen) < 1000:
        messages = consumer.consume(1000, 5.0)
        assert messages, "the broker gave no more records"
        seen += [int(message.value() or b"") for message in messages]
    assert sorted(seen) == list(range(1000))
    consumer.commit(asynchronous=False)
    places = consumer.committed([TopicPartition("contract", n) for n in range(3)], 5)
    assert sum(max(place.offset, 0) for place in places) == 1000
    wanted = [TopicPartition("contract", place.partition, 1_700_000_000_000) for place in places if place.offset > 0]
    assert {found.offset for found in consumer.offsets_for_times(wanted, 5)} == {0}
    consumer.close()
    groups = admin.list_consumer_groups().result(5).valid
    assert "contract" in {group.group_id for group in groups}
    admin.delete_topics(["contract"])["contract"].result(5)
    assert "contract" not in admin.list_topics(timeout=5).topics


async def test_connect_answers_in_the_recorded_shapes(pipeline: PipelineSession) -> None:
    ours = pipeline.connect.http.client
    for exchange in recorded("connect"):
        request, response = exchange["request"], exchange["response"]
        known = "DATAGEN_CLICKSTREAM" in request["path"] and request["method"] == "GET" and not exchange["note"]
        absent = "nope" in request["path"]
        if not (known or absent) or "offsets" in request["path"]:
            continue
        answer = await ours.request(request["method"], request["path"])
        assert answer.status_code == response["status"], request
        assert shape(answer.json()) == shape(response["body"]), request
        if absent:
            assert answer.json() == response["body"]


async def test_a_connector_lives_through_its_states(pipeline: PipelineSession) -> None:
    client = pipeline.connect
    config = {
        "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector",
        "kafka.topic": "states", "quickstart": "clickstream", "max.interval": "5", "iterations": "3",
    }  # fmt: skip
    await client.create("states", config)

    async def state() -> str:
        return next(
            (
                f"{c.state} {' '.join(t.state for t in c.tasks)}"
                for c in await client.connectors()
                if c.name == "states"
            ),
            "",
        )

    async def failed() -> bool:
        return await state() == "RUNNING FAILED"

    await wait_until(failed, what="the generator ends after its iterations, as the real one does: by failing")
    await client.act("states", "pause")
    assert (await state()).startswith("PAUSED")
    await client.act("states", "stop")
    assert await state() == "STOPPED "
    await client.act("states", "delete")
    assert await state() == ""
    with pytest.raises(Refused, match="quickstart must be one out of"):
        await client.create("bad", config | {"quickstart": "nope"})


@pytest.fixture
def search_url(tmp_path: Path) -> Iterator[str]:
    """A search server of its own, empty."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["-m", "clickstream_embedded.search", "--data", str(tmp_path), "--port", str(port)]
    with subprocess.Popen([sys.executable, *arguments]) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


# What differs from the recording, and why: Elasticsearch's own words about its Java internals, and numbers of shards.
UNLIKE = {"malformed", "unknown aggregation", "the other version's template form"}


async def test_search_answers_as_recorded(search_url: str) -> None:
    """Every exchange of the recording, replayed in order: same status, same keys and types, same values in answers."""
    async with httpx.AsyncClient(base_url=search_url) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/")).is_success
            except httpx.HTTPError:
                return False

        await wait_until(answers, 15)
        compared = 0
        for exchange in recorded("elasticsearch-7.5.2"):
            request, theirs = exchange["request"], exchange["response"]
            body = request["body"]
            content = None if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
            headers = {"Content-Type": request["headers"].get("Content-Type", "application/json")}
            answer = await client.request(request["method"], request["path"], content=content, headers=headers)
            assert answer.status_code == theirs["status"], (request, answer.text)
            if isinstance(theirs["body"], dict) and exchange["note"] not in UNLIKE:
                ours = answer.json()
                assert ours.get("aggregations") == theirs["body"].get("aggregations"), request
                assert set(ours) >= set(theirs["body"]), (request, answer.text)
                if "hits" in theirs["body"]:
                    assert ours["hits"]["total"] == theirs["body"]["hits"]["total"], request
                compared += 1
        assert compared > 25


async def test_search_aggregates(pipeline: PipelineSession) -> None:
    client = pipeline.elasticsearch
    lines = "".join(
        json.dumps({"index": {"_index": "agg", "_id": str(n)}})
        + "\n"
        + json.dumps({"U": n % 3, "EVENT_TS": 1_700_000_000_000 + n * 1000, "N": n})
        + "\n"
        for n in range(30)
    )
    answer = await client.http.client.post("/_bulk", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.json()["errors"] is False
    body = {
        "size": 0,
        "query": {"bool": {"filter": [{"range": {"EVENT_TS": {"gte": 1_700_000_000_000}}}, {"query_string": {"query": "*"}}]}},
        "aggs": {"u": {"terms": {"field": "U", "order": {"_key": "desc"}},
                       "aggs": {"t": {"date_histogram": {"field": "EVENT_TS", "fixed_interval": "10s"}, "aggs": {"m": {"max": {"field": "N"}}}}}}},
    }  # fmt: skip
    found = await client.search("agg", body)
    buckets = found["aggregations"]["u"]["buckets"]
    assert [bucket["key"] for bucket in buckets] == [2, 1, 0]
    assert [t["m"]["value"] for t in buckets[0]["t"]["buckets"]] == [8.0, 17.0, 29.0]
    await client.http.request("DELETE", "/agg")


async def test_ksqldb_statements_answer_in_the_recorded_shapes(pipeline: PipelineSession) -> None:
    wanted = {"SHOW STREAMS;", "SHOW TABLES;", "SHOW QUERIES;", "DESCRIBE NOPE;", "DROP STREAM NOPE;", "TERMINATE NOPE;",
              "SELEC * FROM CLICKSTREAM;", "DROP STREAM CLICKSTREAM;", "DROP STREAM IF EXISTS NOPE;", "SHOW TYPES;",
              "SELECT * FROM CLICKSTREAM EMIT CHANGES;", "SET 'auto.offset.reset'='earliest';"}  # fmt: skip
    compared = 0
    for exchange in recorded("ksqldb"):
        body = exchange["request"]["body"]
        text = body.get("ksql") if isinstance(body, dict) else None
        if (
            exchange["request"]["path"] != "/ksql"
            or text not in wanted
            or exchange["note"] in ("empty server", "one paused")
        ):
            continue
        answer = await pipeline.ksqldb.http.client.post("/ksql", json=body)
        theirs = exchange["response"]
        assert answer.status_code == theirs["status"], text
        if theirs["status"] != 200:
            assert answer.json() == theirs["body"], text
        elif theirs["body"] and any(isinstance(v, list) and v for v in theirs["body"][0].values()):
            assert shape(answer.json()) == shape(theirs["body"]), text
        compared += 1
    assert compared >= 10


async def test_push_queries_end_on_the_server_when_they_are_left(pipeline: PipelineSession) -> None:
    async with pipeline.ksqldb.stream("SELECT USERID FROM CLICKSTREAM EMIT CHANGES;") as stream:
        assert stream.header.names == ("USERID",)
        async for _ in stream:
            break
        query_id = stream.header.query_id

    async def gone() -> bool:
        return query_id not in {query.query_id for query in await pipeline.ksqldb.queries()}

    await wait_until(gone, 5)


async def test_errors_of_queries_keep_their_code_and_text(pipeline: PipelineSession) -> None:
    with pytest.raises(StatementError) as caught:
        async with pipeline.ksqldb.stream("SELECT * FROM NOPE EMIT CHANGES;"):
            pass
    assert caught.value.code == 40001
    assert caught.value.message == "Exception while preparing statement: NOPE does not exist."


async def test_inserted_values_come_out_of_a_derived_stream(pipeline: PipelineSession) -> None:
    execute = pipeline.ksqldb.execute
    await execute(
        "CREATE STREAM INS (ID INT KEY, V STRING) WITH (kafka_topic='ins', value_format='JSON', partitions=1);"
    )
    await execute("CREATE STREAM INS2 AS SELECT ID, UCASE(V) AS U FROM INS;")
    await execute("INSERT INTO INS (ID, V) VALUES (1, 'a'); INSERT INTO INS (ID, V) VALUES (2, 'b');")
    async with pipeline.ksqldb.stream(
        "SELECT * FROM INS2 EMIT CHANGES LIMIT 2;", {"auto.offset.reset": "earliest"}
    ) as stream:
        assert [row async for row in stream] == [[1, "A"], [2, "B"]]
    await execute("DROP STREAM INS2 DELETE TOPIC; DROP STREAM INS DELETE TOPIC;")


async def test_a_composable_template_goes_before_the_older_ones(tmp_path: Path) -> None:
    def rule(kind: str) -> dict[str, Any]:
        return {"dynamic_templates": [{"dates": {"match": "AT", "mapping": {"type": kind}}}]}

    with Server("search", tmp_path / "search") as search:
        async with httpx.AsyncClient(base_url=f"http://{search.address}", timeout=10) as client:
            await client.put("/_template/old", json={"index_patterns": ["*"], "mappings": rule("keyword")})
            new = {"index_patterns": ["facts*"], "priority": 5, "template": {"mappings": rule("date")}}
            assert (await client.put("/_index_template/new", json=new)).json() == {"acknowledged": True}
            assert (await client.put("/_index_template/bad", json={})).status_code == 400
            shown = (await client.get("/_index_template/new")).json()["index_templates"]
            assert shown == [{"name": "new", "index_template": new}]
            for index, kind in (("facts", "date"), ("others", "keyword")):
                lines = f'{{"index":{{"_index":"{index}"}}}}\n{{"AT":1700000000000}}\n'
                await client.post("/_bulk", content=lines, headers={"Content-Type": "application/x-ndjson"})
                mapping = (await client.get(f"/{index}/_mapping")).json()[index]["mappings"]
                assert mapping["properties"]["AT"]["type"] == kind
            assert (await client.delete("/_index_template/new")).status_code == 200
            assert (await client.get("/_index_template/new")).status_code == 404


async def test_alerts_over_a_table(pipeline: PipelineSession) -> None:
    rules = alerts.parse([
        {"name": "some", "kind": "table", "table": "events_per_min", "column": "events", "above": 0, "within": "1h"},
        {"name": "none", "kind": "table", "table": "EVENTS_PER_MIN", "column": "EVENTS", "above": 10**9},
        {"name": "wrong", "kind": "table", "table": "EVENTS_PER_MIN", "column": "NOPE", "above": 1},
        {"name": "absent", "kind": "table", "table": "NOT_THERE", "column": "X", "above": 1},
    ])  # fmt: skip
    watch = alerts.Watch(rules)

    async def holds() -> bool:
        return bool(await watch.look(await pipeline.monitor.poll(), pipeline.ksqldb))

    await wait_until(holds, 60)
    (alert,) = watch.active
    assert alert.rule.name == "some"
    assert "above 0, at most" in alert.message
    assert "no column NOPE" in watch.problems["wrong"]


async def test_a_push_query_that_only_aggregates_takes_all_records_as_one_group(pipeline: PipelineSession) -> None:
    text = "SELECT COUNT(*) AS N, SUM(BYTES) AS B FROM CLICKSTREAM EMIT CHANGES LIMIT 2;"
    async with pipeline.ksqldb.stream(text, {"auto.offset.reset": "earliest"}) as stream:
        assert stream.header.names == ("N", "B")
        rows = [row async for row in stream]
    assert len(rows) == 2
    assert 0 < rows[0][0] < rows[1][0]
    with pytest.raises(StatementError, match="without a GROUP BY"):
        await pipeline.ksqldb.execute("CREATE TABLE T AS SELECT COUNT(*) AS N FROM CLICKSTREAM;")


async def test_a_document_that_cannot_be_kept_is_an_item_of_its_own(pipeline: PipelineSession) -> None:
    post = pipeline.elasticsearch.http.client.post
    deep, wide = b'{"a":' * 30 + b"1" + b"}" * 30, json.dumps({f"f{n}": n for n in range(1001)}).encode()
    sources = {
        b"{": "mapper_parsing_exception", b"[1]": "mapper_parsing_exception", b'{"a":"\xff"}': "mapper_parsing_exception",
        b'{"a":' + b"[" * 500 + b"]" * 500 + b"}": "mapper_parsing_exception", deep: "illegal_argument_exception",
        wide: "illegal_argument_exception", b'{"n":1,"l":[[1],{"m":2}]}': "illegal_argument_exception",
        b'{"n":1,"l":[[1],[2]]}': None,
    }  # fmt: skip
    body = b"".join(b'{"index":{"_index":"odd"}}\n' + source + b"\n" for source in sources)
    answer = await post("/_bulk", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    items = [item["index"] for item in answer.json()["items"]]
    assert [item.get("error", {}).get("type") for item in items] == [*sources.values()]
    assert "mapping depth [20] in index [odd]" in items[4]["error"]["reason"]
    assert (await pipeline.elasticsearch.search("odd", {}))["hits"]["total"]["value"] == 1
    for path, wrong in (("/_bulk", b"[]\n{}\n"), ("/odd/_search", b"[1]"), ("/odd/_search", b'{"query":[1]}')):
        refused = await post(path, content=wrong, headers={"Content-Type": "application/json"})
        assert refused.status_code in (400, 500)
        assert "type" in refused.json()["error"]["root_cause"][0]
    await pipeline.elasticsearch.http.request("DELETE", "/odd")


async def test_single_documents(pipeline: PipelineSession) -> None:
    client = pipeline.elasticsearch.http.client
    made = await client.put("/papers/_doc/1", json={"n": 1})
    assert (made.status_code, made.json()["result"], made.json()["_version"]) == (201, "created", 1)
    again = await client.post("/papers/_doc/1", json={"n": 2})
    assert (again.status_code, again.json()["result"], again.json()["_version"]) == (200, "updated", 2)
    taken = await client.put("/papers/_create/1", json={"n": 3})
    assert (taken.status_code, taken.json()["error"]["type"]) == (409, "version_conflict_engine_exception")
    own = (await client.post("/papers/_doc", json={"n": 4})).json()["_id"]
    assert (await client.get(f"/papers/_doc/{own}")).json()["_source"] == {"n": 4}
    found = (await client.get("/papers/_doc/1")).json()
    assert (found["found"], found["_version"], found["_source"]) == (True, 2, {"n": 2})
    wrong = await client.put("/papers/_doc/2", content=b"[1]", headers={"Content-Type": "application/json"})
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (400, "mapper_parsing_exception")
    assert (await client.delete("/papers/_doc/1")).json()["result"] == "deleted"
    missing = await client.get("/papers/_doc/1")
    assert (missing.status_code, missing.json()["found"]) == (404, False)
    assert (await client.get("/nothing/_doc/1")).status_code == 404
    await pipeline.elasticsearch.http.request("DELETE", "/papers")
