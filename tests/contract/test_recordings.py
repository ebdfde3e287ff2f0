"""Every exchange that was recorded with the real servers, replayed against ours: same status, keys, types, codes."""

from __future__ import annotations

import json
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_ksql import ast, scripts
from clickstream_ksql.parser import parse
from tests.conftest import shared
from tests.processes import Server

# What cannot be the same in a replay: its data is that of the minutes before the recording began.
DIFFERS = {
    "connect": {"GET /admin/loggers": "the recorded one lists a logger of a Java library"},
    "ksqldb": {
        "DESCRIBE CONNECTOR DATAGEN_CLICKSTREAM;": "the recorded connector had not written yet",
        "SHOW STREAMS EXTENDED;": "the first stream listed is another one",
        "SHOW TABLES EXTENDED;": "the first table listed is another one",
        "GET /status": "commands from before the recording",
    },
    "elasticsearch-6.3.0": {},
    "elasticsearch-7.5.2": {},
}  # fmt: skip


class Servers:
    """One of each, on free ports."""

    def __init__(self, folder: Path) -> None:
        self.broker = Server("broker", folder / "broker")
        self.six = Server("search", folder / "six", "--version", "6")
        self.seven = Server("search", folder / "seven")
        self.connect = Server("connect", folder / "connect", "--bootstrap", self.broker.address)
        self.empty = Server("connect", folder / "empty", "--bootstrap", self.broker.address, "--group", "other")
        self.ksqldb = Server(
            "ksqldb", folder / "ksqldb", "--bootstrap", self.broker.address, "--connect", f"http://{self.empty.address}"
        )  # fmt: skip


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("recordings"))
    with made.broker, made.six, made.seven, made.connect, made.empty, made.ksqldb:
        with httpx.Client(base_url=f"http://{made.connect.address}", timeout=30) as client:
            # the connectors of the tutorial, which were there when the recording of Connect began
            names: list[str] = []
            for parsed in parse(scripts.load("create-connectors")):
                statement = parsed.statement
                assert isinstance(statement, ast.CreateConnector)
                config = {name: value.value for name, value in statement.properties}  # type: ignore[union-attr]
                answer = client.post("/connectors", json={"name": statement.name, "config": config})
                assert answer.status_code == 201, answer.text
                names.append(statement.name)
            for name in names:
                wait_for_first_write(made.connect, client, name)
        with httpx.Client(base_url=f"http://{made.ksqldb.address}", timeout=30) as client:
            deadline = time.monotonic() + 30
            while client.get("/info").status_code != 200:
                assert time.monotonic() < deadline, "ksqlDB is not ready"
        yield made


def wait_for_first_write(server: Server, client: httpx.Client, name: str) -> None:
    """Wait until a source has written and its offset is kept, as those of the recording had for minutes.

    A task that fails meanwhile is told in the summary, with the worker's log, and started again once.
    """
    restarted = False
    deadline = time.monotonic() + 60
    while True:
        state = client.get(f"/connectors/{name}/status").json()
        if any("trace" in task for task in state.get("tasks", [])) and not restarted:
            restarted = True
            warnings.warn(f"a source failed at its start: {state}\n{server.log[-4000:]}", stacklevel=1)
            client.post(f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")
        if (
            client.get(f"/connectors/{name}/topics").json()[name]["topics"]
            and client.get(f"/connectors/{name}/offsets").json()["offsets"]
        ):
            return
        assert time.monotonic() < deadline, f"{name} has not written: {state}"
        time.sleep(0.2)


def difference(wanted: Any, got: Any, path: str = "") -> list[str]:
    """Where two JSON values differ in keys, types, emptiness or error code; lists by their first element."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = [f"{path}.{key} is missing" for key in wanted if key not in got]
        found += [f"{path}.{key} is too much" for key in got if key not in wanted]
        return found + [
            each for key in wanted if key in got for each in difference(wanted[key], got[key], f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(got, list):
        if wanted and got:
            return difference(wanted[0], got[0], f"{path}[]")
        return [] if bool(wanted) == bool(got) else [f"{path}: {len(wanted)} wanted, {len(got)} there"]
    if kind(wanted) != kind(got):
        return [f"{path}: {kind(wanted)} wanted, {kind(got)} there"]
    return [f"{path}: {wanted} wanted, {got} there"] if path.endswith("error_code") and wanted != got else []


def kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def present_ids(client: httpx.Client, text: str) -> str:
    """The statement with query ids of the recording replaced by those of this run."""
    if not re.search(r"C[ST]AS_\w+_\d+", text):
        return text
    entities = client.post("/ksql", json={"ksql": "SHOW QUERIES;"}).json()
    names = {re.sub(r"_\d+$", "", query["id"]): query["id"] for query in entities[0]["queries"]}
    return re.sub(r"(C[ST]AS_\w+)_\d+", lambda match: names.get(match[1], match[0]), text)


@pytest.mark.parametrize("name", ["connect", "ksqldb", "elasticsearch-6.3.0", "elasticsearch-7.5.2"])
def test_recorded_exchanges(servers: Servers, name: str) -> None:
    target = {"connect": servers.connect, "ksqldb": servers.ksqldb, "elasticsearch-6.3.0": servers.six,
              "elasticsearch-7.5.2": servers.seven}[name]  # fmt: skip
    lines = shared(f"recordings/{name}.jsonl").read_text().splitlines()
    wrong: list[str] = []
    replayed = 0
    with httpx.Client(base_url=f"http://{target.address}", timeout=30) as client:
        for line in lines:
            exchange = json.loads(line)
            request, response = exchange["request"], exchange["response"]
            body = request.get("body")
            statement = body.get("ksql", "") if isinstance(body, dict) else ""
            if "body" not in response or DIFFERS[name].get(statement or f"{request['method']} {request['path']}"):
                # a stream of rows (test_servers has those), or what is known to differ: sent for its effect only
                wanted = None
            else:
                wanted = response
            content = body if isinstance(body, str) or body is None else json.dumps(body)
            if content is not None and name == "ksqldb":
                content = present_ids(client, content)
            headers = {
                k: v for k, v in (request["headers"] or {}).items() if k.lower() not in ("host", "content-length")
            }
            if content is not None:
                headers.setdefault("Content-Type", "application/json")
            # what a query tells of its topics and tasks is there once it has read them, on a busy machine a moment later
            patient = statement.upper().startswith(("EXPLAIN", "DESCRIBE", "SHOW", "LIST"))
            deadline = time.monotonic() + 15
            while True:
                answer = client.request(request["method"], request["path"], content=content, headers=headers)
                found = [] if wanted is None else difference(wanted["body"], _json(answer))
                if not found or not patient or time.monotonic() > deadline:
                    break
                time.sleep(0.2)
            if wanted is None:
                continue
            replayed += 1
            if answer.status_code != wanted["status"]:
                found.insert(0, f"status {answer.status_code} in place of {wanted['status']}")
            if found:
                wrong.append(f"{request['method']} {request['path']} {statement}: {'; '.join(found[:5])}")
    assert not wrong, "\n".join(wrong)
    assert replayed > 30


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text
