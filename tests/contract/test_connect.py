"""The Connect worker's sink and generator, as processes: transforms, a dead letter queue, a schema of one's own."""

# ruff: noqa: ASYNC212 - one thing at a time, on purpose

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stage_base import StageBroken
from clickstream_pipeline.stages import until_running
from tests.conftest import wait_until
from tests.long.faults import failed_task
from tests.processes import Server

KAFKA = "org.apache.kafka.connect."
SCHEMA = json.dumps({
    "type": "record", "name": "u",
    "fields": [
        {"name": "id", "type": {"type": "int", "arg.properties": {"iteration": {"start": 1}}}},
        {"name": "name", "type": {"type": "string", "arg.properties": {"regex": "User_[1-9]"}}},
    ],
})  # fmt: skip


async def test_a_schema_flows_through_transforms_into_an_index(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("search", tmp_path / "search") as search,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=10)
        index = httpx.Client(base_url=f"http://{search.address}", timeout=10)
        source = {
            "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "people",
            "schema.string": SCHEMA, "schema.keyfield": "name", "max.interval": "1", "iterations": "50",
        }  # fmt: skip
        sink = {
            "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "topics": "people", "type.name": "_doc",
            "connection.url": f"http://{search.address}", "key.ignore": "true", "schema.ignore": "true",
            "value.converter": f"{KAFKA}json.JsonConverter",
            "transforms": "mask,add", "transforms.mask.type": f"{KAFKA}transforms.MaskField$Value",
            "transforms.mask.fields": "name", "transforms.add.type": f"{KAFKA}transforms.InsertField$Value",
            "transforms.add.topic.field": "origin", "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": "dead", "errors.deadletterqueue.topic.replication.factor": "1",
            "errors.deadletterqueue.context.headers.enable": "true", "value.converter.schemas.enable": "false",
        }  # fmt: skip
        for name, config in (("people", source), ("to-index", sink)):
            answer = connect.put(f"/connectors/{name}/config", json=config)
            assert answer.status_code == 201, answer.text
        producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
        producer.produce("people", b"no json", b"k")
        producer.produce("people", json.dumps({"id": 1000, "name": "last"}).encode())
        assert producer.flush(10) == 0

        async def count() -> int:
            answer = index.get("/people/_count")
            return int(answer.json()["count"]) if answer.status_code == 200 else 0

        async def all_there() -> bool:
            return await count() == 51

        await wait_until(all_there, 40, "50 generated records and one by hand")
        body: dict[str, Any] = {"size": 60, "sort": [{"id": "asc"}]}
        hits = index.post("/people/_search", json=body).json()["hits"]["hits"]
        assert [hit["_source"]["id"] for hit in hits] == [*range(1, 51), 1000]
        assert {(hit["_source"]["name"], hit["_source"]["origin"]) for hit in hits} == {("", "people")}
        dead = Consumer({"bootstrap.servers": broker.address, "group.id": "dead", "log_level": 0})
        dead.assign([TopicPartition("dead", 0, 0)])
        message = dead.poll(10)
        assert message is not None
        assert message.value() == b"no json"
        assert dict(message.headers() or ())["__connect.errors.topic"] == b"people"
        dead.close()
        status = connect.get("/connectors/to-index/status").json()
        assert status["tasks"][0]["state"] == "RUNNING"
        connect.close()
        index.close()


async def test_a_sink_has_its_topic_made(tmp_path: Path) -> None:
    config = {"connector.class": "FileStreamSink", "topics": "not-there-yet", "file": str(tmp_path / "out")}
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        with httpx.Client(base_url=f"http://{worker.address}", timeout=20) as connect:
            assert connect.put("/connectors/s/config", json=config).status_code == 201
        admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})

        async def made() -> bool:
            return "not-there-yet" in admin.list_topics(timeout=5).topics

        await wait_until(made, 20, "the topic that the sink reads")


async def test_a_new_worker_finds_everything_in_the_broker(tmp_path: Path) -> None:
    source = {
        "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "people",
        "schema.string": SCHEMA, "max.interval": "1", "iterations": "100000",
    }  # fmt: skip
    with Server("broker", tmp_path / "broker") as broker:
        with Server("connect", tmp_path / "first", "--bootstrap", broker.address) as worker:
            connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
            assert connect.get("/health").status_code in (200, 503)
            for name in ("people", "paused", "gone"):
                assert connect.put(f"/connectors/{name}/config", json=source).status_code == 201
            assert connect.put("/connectors/paused/stop").status_code == 204
            assert connect.delete("/connectors/gone").status_code == 204
            before = connect.get("/connectors/people/config").json()

            async def has_written() -> bool:
                return bool(connect.get("/connectors/people/topics").json()["people"]["topics"])

            # else it leaves no offset that the second one could go on from
            await wait_until(has_written, 30, "the first worker writes")
        # the second worker has an empty folder: all it knows comes from the topics
        with Server("connect", tmp_path / "second", "--bootstrap", broker.address) as worker:
            connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
            assert sorted(connect.get("/connectors").json()) == ["paused", "people"]
            assert connect.get("/health").json()["status"] == "healthy"
            assert connect.get("/connectors/people/config").json() == before
            assert connect.get("/connectors/paused/status").json()["connector"]["state"] == "STOPPED"

            async def goes_on() -> bool:
                places = connect.get("/connectors/people/offsets").json()["offsets"]
                assert len(places) <= 1
                return any(
                    place["offset"]["task.generation"] >= 2 and place["offset"]["current.iteration"] > 0
                    for place in places
                )

            await wait_until(goes_on, 20, "the second worker's records follow the first one's")


async def test_offsets_are_moved_while_a_connector_is_stopped(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("search", tmp_path / "search") as search,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
        for number in range(10):
            producer.produce("facts", json.dumps({"n": number}).encode())
        assert producer.flush(10) == 0
        sink = {
            "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "topics": "facts", "type.name": "_doc",
            "connection.url": f"http://{search.address}", "key.ignore": "true", "schema.ignore": "true",
            "value.converter": f"{KAFKA}json.JsonConverter", "value.converter.schemas.enable": "false",
        }  # fmt: skip
        assert connect.put("/connectors/facts/config", json=sink).status_code == 201
        place = {"kafka_topic": "facts", "kafka_partition": 0}

        def offset() -> int | None:
            found = connect.get("/connectors/facts/offsets").json()["offsets"]
            return found[0]["offset"]["kafka_offset"] if found else None

        async def at(wanted: int) -> bool:
            return offset() == wanted

        await wait_until(lambda: at(10))
        moved = {"offsets": [{"partition": place, "offset": {"kafka_offset": 4}}]}
        refused = connect.patch("/connectors/facts/offsets", json=moved)
        assert refused.status_code == 400
        assert "STOPPED" in refused.json()["message"]
        assert connect.put("/connectors/facts/stop").status_code == 204
        assert connect.patch("/connectors/facts/offsets", json={"offsets": [{"partition": {}}]}).status_code == 400
        altered = connect.patch("/connectors/facts/offsets", json=moved)
        assert altered.status_code == 200, altered.text
        assert offset() == 4
        answer = connect.delete("/connectors/facts/offsets")
        assert answer.status_code == 200, worker.log[-2000:]
        assert offset() is None
        assert connect.put("/connectors/facts/resume").status_code == 202
        await wait_until(lambda: at(10))


async def test_a_source_goes_on_where_it_was_although_nothing_came_since(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text("a\nb\n")
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        config = {"connector.class": "FileStreamSource", "topic": "lines", "file": str(file)}
        place = {"partition": {"filename": str(file)}, "offset": {"position": 4}}

        async def settled() -> bool:
            topics = connect.get("/connectors/lines/topics").json()["lines"]["topics"]
            return connect.get("/connectors/lines/offsets").json()["offsets"] == [place] and topics == ["lines"]

        # what is stopped at once, while nothing more is read, has its offsets as well
        assert connect.put("/connectors/lines/config", json=config).status_code == 201
        await wait_until(settled)
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "lines", "log_level": 0})

        async def arrived(count: int) -> bool:
            return consumer.get_watermark_offsets(TopicPartition("lines", 0), timeout=5)[1] == count

        for count, size in ((3, "1"), (4, "2"), (5, "3")):
            assert connect.put("/connectors/lines/config", json={**config, "batch.size": size}).status_code == 200
            with file.open("a") as lines:
                lines.write(f"line {size}\n")
            await wait_until(lambda count=count: arrived(count))
        consumer.close()


async def test_what_is_paused_keeps_the_configuration_of_its_tasks(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        config = {"connector.class": "FileStreamSource", "topic": "t", "batch.size": "1", "file": None}
        made = connect.put("/connectors/c/config", json=config)
        assert made.status_code == 201
        assert made.json()["config"] == {**config, "name": "c"}

        def batches() -> list[str]:
            return [each["config"]["batch.size"] for each in connect.get("/connectors/c/tasks").json()]

        assert connect.put("/connectors/c/pause").status_code == 202
        patched = connect.patch("/connectors/c/config", json={"batch.size": "2"})
        assert patched.json()["config"] == {**config, "batch.size": "2", "name": "c"}
        assert batches() == ["1"]
        assert connect.put("/connectors/c/resume").status_code == 202
        assert batches() == ["2"]


async def test_a_connector_that_failed_stays_so_while_it_is_paused(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        config = {"connector.class": "FileStreamSource", "topic": "t", "topic.creation.default.partitions": "1"}
        assert connect.put("/connectors/c/config", json=config).status_code == 201

        def state() -> tuple[str, bool]:
            told = connect.get("/connectors/c/status").json()["connector"]
            return told["state"], "trace" in told

        assert state() == ("FAILED", True)
        shown = connect.post("/connectors/c/restart?includeTasks=true&onlyFailed=true").json()["connector"]
        assert (shown["state"], "trace" in shown) == ("RESTARTING", True)
        assert connect.put("/connectors/c/pause").status_code == 202
        assert state() == ("FAILED", True)
        assert connect.put("/connectors/c/stop").status_code == 204
        assert state() == ("STOPPED", False)


async def test_tasks_that_fail_are_told_of_at_their_restart(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        # a transform that cannot be made, and a queue that is found not to be when the task runs already
        wrong = {"transforms": "i", "transforms.i.type": f"{KAFKA}transforms.InsertField$Value"}
        source = {"connector.class": "FileStreamSource", "topic": "t", **wrong}
        sink = {"connector.class": "FileStreamSink", "topics": "t", "errors.deadletterqueue.topic.name": "dead"}
        for name, config, status in (("source", source, 500), ("sink", sink, 204)):
            assert connect.put(f"/connectors/{name}/config", json=config).status_code == 201

            async def is_failed(name: str = name) -> bool:
                tasks = connect.get(f"/connectors/{name}/status").json()["tasks"]
                return [each["state"] for each in tasks] == ["FAILED"]

            await wait_until(is_failed)
            restarted = connect.post(f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true").json()
            assert [(each["state"], "trace" in each) for each in restarted["tasks"]] == [("RESTARTING", True)]
            await wait_until(is_failed)
            answer = connect.post(f"/connectors/{name}/tasks/0/restart")
            assert answer.status_code == status, answer.text
            if status == 500:
                assert answer.json()["message"] == "Failed to start task: source-0"
            await wait_until(is_failed)
            # what is paused is made nothing of: its tasks stay as they are
            assert connect.put(f"/connectors/{name}/pause").status_code == 202
            assert connect.patch(f"/connectors/{name}/config", json={"file": "x"}).status_code == 200
            assert await is_failed()


async def test_paths_methods_and_parameters_are_read_as_jax_rs_does(tmp_path: Path) -> None:
    with (
        Server("broker", tmp_path / "broker") as broker,
        Server("connect", tmp_path / "connect", "--bootstrap", broker.address) as worker,
    ):
        connect = httpx.Client(base_url=f"http://{worker.address}", timeout=20)
        assert connect.put(
            "/connectors/c/config", json={"connector.class": "FileStreamSource", "topic": "t"}
        ).is_success
        for path, status in (
            ("/connectors//c", 404), ("/connectors/c;v=1", 200), ("/connectors/c/", 200), ("/connectors/c//", 404),
            ("/connectors/c/tasks/99999999999/status", 404), ("/connectors/c/tasks/+0/status", 200),
            ("/connector-plugins/java.lang.String/config", 500),
        ):  # fmt: skip
            assert connect.get(path).status_code == status, path
        assert connect.get("/connectors/c/tasks/99999999999/status").json()["message"] == "HTTP 404 Not Found"
        assert connect.options("/connectors/c/config").headers["allow"] == "HEAD,GET,OPTIONS,PUT,PATCH"
        assert connect.get("/connectors", headers={"Accept": ""}).status_code == 200
        twice = "/connectors/c/restart?includeTasks=true&includeTasks=false"
        assert connect.post(twice).status_code == 202
        for method, path in (("POST", "/connectors/c/tasks"), ("PUT", "/connectors/c/fence")):
            refused = connect.request(method, path, json=[])
            assert (refused.status_code, refused.json()["message"]) == (
                400,
                "Internal request missing required signature",
            )
        nothing = connect.patch("/connectors/c/offsets", json={"offsets": [None]})
        assert nothing.status_code == 500
        assert nothing.json()["message"].endswith('ConnectorOffset.partition()" because "offset" is null')
        assert connect.put("/admin/loggers/a.b", json={"level": "all"}).status_code == 200


async def test_a_stage_looks_at_what_it_made(pipeline: PipelineSession) -> None:
    """A connector that Connect has taken is not yet one that runs."""

    async def told() -> str:
        try:
            await until_running(pipeline.context, ["es_sink_BROKEN"], moving=False)
        except StageBroken as error:
            return str(error)
        return ""  # it runs until its first record has come

    async with failed_task(pipeline):
        assert "task 0 of es_sink_BROKEN has failed" in str(await wait_until(told))
