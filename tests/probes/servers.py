"""Statements and queries, asked of embedded servers over HTTP."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from clickstream_ksql import ast
from clickstream_ksql.parser import parse
from tests.probes.verdict import Probe, Verdict, compare, same, same_rows
from tests.processes import Server

_PATIENCE = 30.0  # seconds for one answer, and for the tables to have read what was written


class Servers:
    """A broker and a ksqlDB server that hold what `setup.json` says."""

    def __init__(self, client: httpx.Client, setup: dict[str, Any]) -> None:
        self._client = client
        self._properties = setup.get("properties", {})

    def _post(self, path: str, text: str) -> tuple[int, Any]:
        body = {"ksql": text, "streamsProperties": self._properties}
        answer = self._client.post(path, json=body)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, None

    def statement(self, text: str) -> dict[str, Any]:
        status, body = self._post("/ksql", text)
        if status == 200 and isinstance(body, list):
            return {"status": status, "answers": [entity.get("@type") for entity in body]}
        return {"status": status, **_error(body)}

    def query(self, text: str) -> dict[str, Any]:
        status, body = self._post("/query", text)
        if status != 200 or not isinstance(body, list):
            return {"status": status, **_error(body)}
        late = next((part["errorMessage"] for part in body if "errorMessage" in part), {})
        return {
            "status": status, **_error(late),
            "schema": next((part["header"]["schema"] for part in body if "header" in part), None),
            "rows": [part["row"]["columns"] for part in body if "row" in part],
        }  # fmt: skip

    def ask(self, probe: Probe) -> Verdict:
        """The verdict on a `statement`, `pull` or `push`."""
        ordered = probe["kind"] == "push"
        equal = lambda a, b: a == b  # noqa: E731 - a check like the others
        checks = {
            "status": equal, "error_code": equal, "answers": same, "schema": equal,
            "rows": lambda a, b: same_rows(a, b or [], ordered=ordered),
        }  # fmt: skip
        try:
            answer = (self.statement if probe["kind"] == "statement" else self.query)(probe["text"])
        except httpx.HTTPError as error:
            return Verdict(("status",), {"status": f"no answer: {type(error).__name__}: {error}"})
        verdict = compare(probe, answer, checks)
        if "status" in verdict.failed and ("message" in answer or "message" in probe):
            said = str(answer.get("message") or probe.get("message"))[:200]
            return Verdict(verdict.aspects, {**verdict.failed, "status": f"{verdict.failed['status']}: {said}"})
        return verdict

    def wait_for_tables(self, statements: list[str]) -> None:
        """Waits until each table has rows and gets no more of them."""
        for text in statements:
            statement = parse(text)[0].statement
            assert isinstance(statement, ast.CreateAs)
            deadline, before = time.monotonic() + _PATIENCE, None
            while time.monotonic() < deadline:
                rows = self.query(f"SELECT * FROM {statement.name};").get("rows")
                if rows and rows == before:
                    break
                before = rows
                time.sleep(0.4)


def _error(body: Any) -> dict[str, Any]:
    return {name: body[name] for name in ("error_code", "message") if isinstance(body, dict) and name in body}


def _write(bootstrap: str, setup: dict[str, Any]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "broker.address.family": "v4", "log_level": 0})
    for topic, records in setup["records"].items():
        for record in records:
            value = None if record["value"] is None else json.dumps(record["value"]).encode()
            producer.produce(topic, value, struct.pack(">i", record["key"]), 0, timestamp=record["timestamp"])
    if producer.flush(_PATIENCE):
        raise RuntimeError("not all records of the set-up were written")


@contextmanager
def running(setup: dict[str, Any], data: Path) -> Generator[Servers]:
    """Starts both servers, declares and writes what the set-up says."""
    with ExitStack() as stack:
        broker = stack.enter_context(Server("broker", data / "broker"))
        topics = setup["topics"]
        retention = {"retention.ms": topics["retention.ms"]}
        admin = AdminClient({"bootstrap.servers": broker.address, "broker.address.family": "v4"})
        made = admin.create_topics(
            [NewTopic(name, topics["partitions"], 1, config=retention) for name in setup["records"]]
        )
        for future in made.values():
            future.result(_PATIENCE)
        server = stack.enter_context(Server("ksqldb", data / "ksqldb", "--bootstrap", broker.address))
        client = stack.enter_context(httpx.Client(base_url=f"http://{server.address}", timeout=_PATIENCE))
        servers = Servers(client, setup)
        for text in setup["streams"]:
            _must(servers.statement(text), text)
        _write(broker.address, setup)
        for text in setup["tables"]:
            _must(servers.statement(text), text)
        servers.wait_for_tables(setup["tables"])
        yield servers


def _must(answer: dict[str, Any], text: str) -> None:
    if answer["status"] != 200:
        raise RuntimeError(f"the set-up's statement failed: {text}: {answer}")
