"""HTTP/2, /inserts-stream and /ws/query of the embedded ksqlDB server, over the wire."""

# ruff: noqa: ASYNC212 - one thing at a time, on purpose

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from clickstream_pipeline.session import PipelineSession
from tests.conftest import wait_until


@pytest.fixture
def client(pipeline: PipelineSession) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=pipeline.addresses.ksqldb, timeout=20, http1=False, http2=True) as opened:
        yield opened


def run(client: httpx.Client, text: str) -> None:
    answer = client.post("/ksql", json={"ksql": text, "streamsProperties": {}})
    assert answer.status_code == 200, answer.text
    assert answer.http_version == "HTTP/2"


async def test_rows_go_in_and_come_out_over_http2(client: httpx.Client) -> None:
    run(
        client,
        "CREATE STREAM IF NOT EXISTS P2 (K INT KEY, V STRING, N BIGINT) WITH (kafka_topic='p2', value_format='JSON', partitions=1);",
    )
    head = json.dumps({"target": "p2", "properties": {}})
    rows = [json.dumps({"k": 1, "v": "a", "N": 5}), json.dumps({"K": 2, "`V`": "b"})]
    answer = client.post("/inserts-stream", content="\n".join([head, *rows]) + "\n")
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"status": "ok", "seq": 0}, {"status": "ok", "seq": 1}
    ]  # fmt: skip
    body = {"sql": "SELECT K, V, N FROM P2 EMIT CHANGES LIMIT 2;", "properties": {"auto.offset.reset": "earliest"}}
    lines = [json.loads(line) for line in client.post("/query-stream", json=body).text.splitlines() if line.strip()]
    assert lines[0]["columnNames"] == ["K", "V", "N"]
    assert lines[1:] == [[1, "a", 5], [2, "b", None]]


async def test_a_row_that_does_not_fit_ends_the_inserts(client: httpx.Client) -> None:
    run(client, "CREATE STREAM IF NOT EXISTS P3 (V INT) WITH (kafka_topic='p3', value_format='JSON', partitions=1);")
    lines = [json.dumps({"target": "P3"}), '{"V": 1}', '{"V": "x"}', '{"V": 3}']
    answer = [json.loads(line) for line in client.post("/inserts-stream", content="\n".join(lines)).text.splitlines()]
    assert [(each["status"], each["seq"]) for each in answer] == [("ok", 0), ("error", 1)]
    missing = client.post("/inserts-stream", content=json.dumps({"target": "NOPE"}) + "\n")
    assert missing.status_code == 400
    assert "unknown stream/table" in missing.json()["message"]


class Socket:
    """A WebSocket client over a plain socket."""

    def __init__(self, host: str, port: int, target: str) -> None:
        self._socket = socket.create_connection((host, port), 10)
        self._socket.settimeout(10)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._socket.sendall(self._protocol.send(Request(host=f"{host}:{port}", target=target)))

    def events(self) -> Iterator[object]:
        while True:
            data = self._socket.recv(65536)
            self._protocol.receive_data(data or None)
            yield from self._protocol.events()
            if not data:
                return

    def close(self) -> None:
        self._socket.close()


async def test_a_query_over_a_websocket(pipeline: PipelineSession, client: httpx.Client) -> None:
    host, port = pipeline.addresses.ksqldb.removeprefix("http://").split(":")
    request = quote(
        json.dumps({"ksql": "SELECT USERID, STATUS FROM CLICKSTREAM EMIT CHANGES LIMIT 2;", "streamsProperties": {}})
    )
    opened = Socket(host, int(port), f"/ws/query?request={request}")
    texts: list[object] = []
    for event in opened.events():
        if isinstance(event, TextMessage):
            texts.append(json.loads(event.data))
        if isinstance(event, CloseConnection):
            break
        assert not isinstance(event, AcceptConnection) or not texts
    opened.close()
    assert [column["name"] for column in texts[0]] == ["USERID", "STATUS"]  # type: ignore[attr-defined]
    assert len(texts) == 3

    endless = quote(json.dumps({"ksql": "SELECT USERID FROM CLICKSTREAM WHERE USERID = 999999 EMIT CHANGES;"}))
    left = Socket(host, int(port), f"/ws/query?request={endless}")
    next(iter(left.events()))
    left.close()

    async def ended() -> bool:
        listed = client.post("/ksql", json={"ksql": "SHOW QUERIES;"}).json()[0]["queries"]
        return not any("999999" in query["queryString"] for query in listed)

    await wait_until(ended, 10)
