"""Requests to Apache Kafka Connect 3.9.1 with its file connectors, and to our worker."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.integration.jvm.processes import connect_worker, kafka_broker
from tests.processes import Server
from tests.servers import (
    connect_archive,
    connect_clients,
    connect_further,
    connect_handover,
    connect_incident,
    connect_migration,
    connect_operator,
    connect_platform,
    connect_validations,
    settings_walk,
)
from tests.servers.connect_bases import FOLDER
from tests.servers.exchanges import Answer, Exchange, Send

NAME = "connect"
VOLATILE = frozenset({"commit", "kafka_cluster_id", "worker_id", "trace", "last_modified"})
_PAUSE = 0.4  # seconds between two looks whether a change has settled
_SOON = 0.25  # the same for ours, which has no group to form anew
_LIMIT = 20.0  # seconds for it to settle
_SOURCE = {"connector.class": "FileStreamSource", "topic": "lines", "file": str(FOLDER / "none.txt")}
_SINK = {"connector.class": "FileStreamSink", "topics": "lines", "file": str(FOLDER / "out.txt"), "tasks.max": "2"}
_PLACE = {"kafka_topic": "lines", "kafka_partition": 0}


def exchanges() -> Iterator[Exchange]:
    yield from _around()
    yield from _creations()
    yield from _bodies()
    yield from _readings()
    yield from _changes()
    yield from _offsets()
    yield from _loggers()
    yield from connect_validations.exchanges()
    yield from connect_further.exchanges()
    yield from connect_operator.exchanges()
    yield from connect_migration.exchanges()
    yield from settings_walk.connect_exchanges()
    for batch in (connect_platform, connect_clients, connect_handover, connect_incident, connect_archive):
        yield from batch.exchanges()


def _many(kind: str, *requests: tuple[Any, ...]) -> Iterator[Exchange]:
    for method, path, *body in requests:
        yield Exchange(kind, method, path, *body)


def _around() -> Iterator[Exchange]:
    yield from _many(
        "server", ("GET", "/"), ("GET", "/nope"), ("POST", "/"), ("GET", "/health"), ("GET", "/health/"),
        ("GET", "/connectors"), ("GET", "/connectors/"), ("GET", "/connectors?expand=nope"), ("PUT", "/connectors"),
        ("DELETE", "/connectors"), ("GET", "/admin"), ("GET", "/connector-plugins"), ("GET", "/connector-plugins/"),
        ("GET", "/connector-plugins?connectorsOnly=false"), ("GET", "/connector-plugins?connectorsOnly=nope"),
        ("GET", "/connector-plugins/FileStreamSource"), ("GET", "/connector-plugins/Nope/config"),
    )  # fmt: skip
    named = ("FileStreamSource", "FileStreamSinkConnector", "RegexRouter", "JsonConverter", "StringConverter", "Filter",
             "SimpleHeaderConverter", "TopicNameMatches", "HasHeaderKey", "Cast", "ValueToKey", "InsertHeader",
             "org.apache.kafka.connect.transforms.Cast$Value", "org.apache.kafka.connect.transforms.InsertField$Key",
             "org.apache.kafka.connect.transforms.Cast")  # fmt: skip
    yield from _many("plugins", *(("GET", f"/connector-plugins/{name.replace('$', '%24')}/config") for name in named))


def _creations() -> Iterator[Exchange]:
    def create(name: Any, config: Any, **more: Any) -> tuple[Any, ...]:
        return "POST", "/connectors", {"name": name, "config": config, **more}

    yield from _many(
        "create", ("POST", "/connectors/", {"name": "a", "config": _SOURCE}), create("a", _SOURCE),
        create("b", {**_SOURCE, "name": "z"}), create("b", _SOURCE, foo=1), create("b", _SOURCE, initial_state="NOPE"),
        create("b", _SOURCE, initial_state="paused"), create("c", _SOURCE, initial_state="STOPPED"),
        create("d", {**_SOURCE, "tasks.max": 1, "errors.log.enable": True}), create("x", {**_SOURCE, "x": None}),
        create("x", {**_SOURCE, "l": [1]}), create("x", []), create("x", {}), create("", _SOURCE),
        ("POST", "/connectors", {"config": _SOURCE}), create(" a b ", _SOURCE), create(5, _SOURCE), create("x", None),
        create(None, {**_SOURCE, "name": "q"}), ("POST", "/connectors", {"name": "x"}), create([], _SOURCE),
        create("x", {**_SOURCE, "tasks.max": "0"}), create("x", {"topic": "t"}), create("x", {**_SOURCE, "topic": ""}),
        ("PUT", "/connectors/e/config", _SOURCE), ("PUT", "/connectors/a/config", {**_SOURCE, "name": "other"}),
        ("PUT", "/connectors/a/config", {}), ("PUT", "/connectors/a/config", {"topic": "x"}),
        ("PUT", "/connectors/a/config", {**_SOURCE, "batch.size": "x"}), ("PUT", "/connectors/e/config", _SOURCE),
        create("f", {**_SOURCE, "file": "/nope/x"}), create("g", {**_SINK, "file": "/nope/x"}),
    )  # fmt: skip


def _bodies() -> Iterator[Exchange]:
    texts = ("", "null", "[]", '"x"', "5", "true", "{bad", '{"name":"x",}', "{name:1}", "nope", '{"name":"x" "b"}',
             '{"name":"x","config":{"a":"b"}', '{"name"', '{"name" "x"}', '{"name":}', '{"name":"x","config":{"a":[}}',
             '{"config":{"a":[1 2]}}', "{", "[", "'x'")  # fmt: skip
    kind = {"Content-Type": "application/json"}
    for text in texts:
        yield Exchange("bodies", "POST", "/connectors", text, kind)
    for text in ("", "[]", "null", '{"a":{}}', "{"):
        yield Exchange("bodies", "PUT", "/connectors/a/config", text, kind)
        yield Exchange("bodies", "PATCH", "/connectors/a/config", text, kind)
    body = '{"name":"n","config":{}}'
    yield Exchange("bodies", "POST", "/connectors", body, {"Content-Type": "text/plain"})
    yield Exchange("bodies", "POST", "/connectors", body, {**kind, "Accept": "text/html"})


def _readings() -> Iterator[Exchange]:
    for name in ("a", "b", "c", "nope", "a%20b"):
        one = f"/connectors/{name}"
        yield from _many(
            "read", *(("GET", one + path) for path in (
                "", "/", "/config", "/config/", "/status", "/tasks", "/tasks-config", "/tasks/0/status", "/tasks/7/status",
                "/tasks/x/status", "/tasks/0", "/topics", "/offsets", "/pause", "/nope",
            )),
        )  # fmt: skip
    yield from _many("read", ("GET", "/connectors?expand=info"), ("GET", "/connectors?expand=status&expand=info"))


def _changes() -> Iterator[Exchange]:
    yield from _many("change", *(
        (method, f"/connectors/nope{path}", *body) for method, path, *body in (
            ("DELETE", ""), ("PUT", "/pause"), ("PUT", "/resume"), ("PUT", "/stop"), ("POST", "/restart"),
            ("POST", "/restart?includeTasks=true"), ("PUT", "/topics/reset"), ("DELETE", "/offsets"),
            ("PATCH", "/config", {"a": "b"}), ("POST", "/tasks/0/restart"), ("POST", ""), ("PATCH", "", {}),
        )
    ))  # fmt: skip
    yield from _many(
        "change", ("PATCH", "/connectors/a/config", {"tasks.max": "2", "topic": "t2", "zz": None}),
        ("PATCH", "/connectors/a/config", {"topic": None}), ("GET", "/connectors/a/config"),
        ("PATCH", "/connectors/a/config", {"tasks.max": "x"}), ("PUT", "/connectors/a/pause/"),
        ("GET", "/connectors/a/status"), ("POST", "/connectors/a/restart?includeTasks=true&onlyFailed=true"),
        ("POST", "/connectors/a/restart?includeTasks=nope"), ("POST", "/connectors/a/tasks/0/restart"),
        ("PUT", "/connectors/a/resume"), ("GET", "/connectors/a/status"), ("POST", "/connectors/a/tasks/9/restart"),
        ("POST", "/connectors/a/tasks/x/restart"), ("PUT", "/connectors/a/tasks/0/restart"),
        ("POST", "/connectors/a/restart"), ("PUT", "/connectors/a/stop"), ("GET", "/connectors/a/status"),
        ("GET", "/connectors/a/tasks"), ("PUT", "/connectors/a/pause"), ("GET", "/connectors/a/status"),
        ("DELETE", "/connectors/a/"), ("DELETE", "/connectors/a"), ("GET", "/connectors/a/status"),
        ("PUT", "/connectors/a/topics/reset"),
    )  # fmt: skip


def _offsets() -> Iterator[Exchange]:
    yield Exchange("offsets", "POST", "/connectors", {"name": "k", "config": _SINK}, quiet=True)
    yield from _many("offsets", ("GET", "/connectors/k/status"), ("GET", "/connectors/k/tasks"),
                     ("PATCH", "/connectors/k/offsets", {"offsets": []}), ("DELETE", "/connectors/k/offsets"),
                     ("PUT", "/connectors/k/stop"))  # fmt: skip
    pairs: tuple[Any, ...] = (
        [], None, {}, [{}], [{"partition": {}}], [{"partition": _PLACE, "offset": {}}],
        [{"partition": _PLACE, "offset": {"kafka_offset": "x"}}], [{"partition": _PLACE, "offset": {"kafka_offset": -1}}],
        [{"partition": {"kafka_topic": "lines"}, "offset": {"kafka_offset": 1}}],
        [{"partition": {"kafka_topic": "nowhere", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}],
        [{"partition": {"kafka_topic": "lines", "kafka_partition": "x"}, "offset": {"kafka_offset": 1}}],
        [{"partition": None, "offset": {"kafka_offset": 1}}], [{"partition": _PLACE, "offset": {"kafka_offset": 0}, "z": 1}],
        "x", 5,
    )  # fmt: skip
    for each in pairs:
        yield Exchange("offsets", "PATCH", "/connectors/k/offsets", {"offsets": each})
    yield from _many("offsets", ("PATCH", "/connectors/k/offsets", {}), ("PATCH", "/connectors/k/offsets", {"foo": []}),
                     ("GET", "/connectors/k/offsets"), ("DELETE", "/connectors/k/offsets"))  # fmt: skip
    yield Exchange("offsets", "PUT", "/connectors/e/stop", quiet=True)
    file = {"filename": _SOURCE["file"]}
    for pair in (
        {"partition": file, "offset": {"position": 4}}, {"partition": {"x": 1}, "offset": {"position": 4}},
        {"partition": file, "offset": {"position": -4}}, {"partition": file, "offset": {"position": "a"}},
        {"partition": file, "offset": {}}, {"partition": file, "offset": {"position": 7}},
    ):  # fmt: skip
        yield Exchange("offsets", "PATCH", "/connectors/e/offsets", {"offsets": [pair]})
    yield from _many("offsets", ("GET", "/connectors/e/offsets"), ("DELETE", "/connectors/e/offsets"),
                     ("GET", "/connectors/e/offsets"))  # fmt: skip


def _loggers() -> Iterator[Exchange]:
    one = "/admin/loggers/brand.new"
    yield from _many(
        "loggers", ("GET", one), ("PUT", one, {"level": "ERROR"}), ("GET", one), ("PUT", one, {"level": "x"}), ("PUT", one, {}),
        ("PUT", one, {"level": None}), ("PUT", one, []), ("PUT", f"{one}?scope=cluster", {"level": "INFO"}), ("GET", one),
        ("PUT", f"{one}?scope=nope", {"level": "debug"}), ("PUT", f"{one}?scope=worker", {"level": "OFF"}), ("GET", one),
        ("PUT", f"{one}?scope=cluster", {"level": "x"}), ("PUT", one, {"level": 5}), ("PUT", one, {"level": "INFO", "x": 1}),
        ("PUT", f"{one}.child", {"level": "ERROR"}), ("PUT", one, {"level": "TRACE"}), ("GET", f"{one}.child"),
        ("DELETE", "/admin/loggers/root"),
    )  # fmt: skip


def _without_confluent(body: Any) -> Any:
    """An answer without the classes that only ours has: Confluent's are not on Maven Central."""
    if isinstance(body, list):
        return [_without_confluent(each) for each in body if not _is_confluent(each)]
    if isinstance(body, dict):
        return {key: _without_confluent(each) for key, each in body.items()}
    return body


def _is_confluent(value: Any) -> bool:
    name = value.get("class") if isinstance(value, dict) else value
    return isinstance(name, str) and name.startswith("io.confluent")


def _sender(client: httpx.Client, pause: float) -> Send:
    """Sends a request; one that changes something is followed until the states of all connectors rest."""

    def send(exchange: Exchange) -> Answer:
        body = exchange.body
        how: dict[str, Any] = {"headers": exchange.headers}
        if isinstance(body, str | bytes):
            how["content"] = body
        elif body is not None:
            how["json"] = body
        deadline = time.monotonic() + _LIMIT
        while True:
            response = client.request(exchange.method, exchange.path, **how)
            if response.status_code != 409 or "rebalance" not in response.text or time.monotonic() > deadline:
                break
            time.sleep(pause)
        if (
            exchange.method != "GET"
            and "-plugins" not in exchange.path
            and "/admin" not in exchange.path
            and response.is_success
        ):
            _rest(client, pause)
        try:
            found = response.json()
        except ValueError:
            found = response.text
        return Answer(response.status_code, _without_confluent(found))

    return send


def _rest(client: httpx.Client, pause: float) -> None:
    deadline, before = time.monotonic() + _LIMIT, None
    steady = 0
    while steady < 3 and time.monotonic() < deadline:
        time.sleep(pause)
        now = client.get("/connectors?expand=status").text
        steady = steady + 1 if now == before and "UNASSIGNED" not in now and "RESTARTING" not in now else 0
        before = now


@contextmanager
def real() -> Generator[Send]:
    """Apache Kafka and Connect, from Maven Central."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        kafka_broker(Path(folder) / "kafka") as kafka,
        connect_worker(Path(folder) / "connect", f"127.0.0.1:{kafka.ports['PLAINTEXT']}") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield _sender(client, _PAUSE)


@contextmanager
def ours() -> Generator[Send]:
    """Our broker and our worker."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("broker", Path(folder) / "broker") as broker,
        Server("connect", Path(folder) / "connect", "--bootstrap", broker.address) as worker,
        httpx.Client(base_url=f"http://{worker.address}", timeout=60) as client,
    ):
        yield _sender(client, _SOON)
