"""The stage `dashboard` against a server that answers as Grafana's API documents it (there is no package of Grafana)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.dashboards.model import OURS, load
from clickstream_pipeline.errors import Refused
from clickstream_pipeline.probe import Probe
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.session import Addresses, PipelineSession
from clickstream_pipeline.stages import stage

USER, PASSWORD = "ada", "correct-horse"


class Door(BaseHTTPRequestHandler):
    """The part of the API that the client uses, with its statuses: 401, 404, 409 for a name that is taken."""

    version: ClassVar[str]
    sources: ClassVar[dict[str, dict[str, Any]]]
    dashboards: ClassVar[dict[str, dict[str, Any]]]

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _may(self) -> bool:
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self._answer(401, {"message": "Invalid username or password"})
            return False
        return True

    def do_GET(self) -> None:
        if self.path == "/api/health":
            self._answer(200, {"commit": "x", "database": "ok", "version": self.version})
        elif self._may():
            if self.path == "/api/datasources":
                self._answer(200, [{"id": number, "name": name} for number, name in enumerate(self.sources, 1)])
            else:
                found = self.dashboards.get(self.path.removeprefix("/api/dashboards/uid/"))
                self._answer(200 if found else 404, found or {"message": "Dashboard not found"})

    def do_POST(self) -> None:
        if not self._may():
            return
        body = self._body()
        if self.path == "/api/datasources":
            if body["name"] in self.sources:
                self._answer(409, {"message": "Data source with same name already exists"})
                return
            self.sources[body["name"]] = body
            self._answer(200, {"id": len(self.sources), "name": body["name"], "message": "Datasource added"})
        else:
            uid = body["dashboard"]["uid"]
            self.dashboards[uid] = body["dashboard"]
            self._answer(200, {"uid": uid, "url": f"/d/{uid}/clickstream", "status": "success", "version": 1})

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture(params=["5.2.4", "6.7.6", "8.5.27", "10.4.14", "11.6.1"])
def grafana(request: pytest.FixtureRequest) -> Iterator[str]:
    Door.version, Door.sources, Door.dashboards = request.param, {}, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def _pipeline(home: Path, url: str, password: str) -> PipelineSession:
    stack = EmbeddedStack(home)
    assert await stack.attach()
    addresses = Addresses(**stack.addresses(), grafana=url)
    return PipelineSession(home, stack, addresses, access={"grafana": Credentials(url, USER, Secret(password))})


async def test_data_sources_and_dashboard_are_made_once(grafana: str, stack_home: Path) -> None:
    opened = await _pipeline(stack_home, grafana, PASSWORD)
    wanted = stage("dashboard")
    try:
        assert "data sources are missing" in await wanted.check(Probe(opened.context))
        said: list[str] = []
        await wanted.run(opened.context, said.append)
        assert f"dashboard at {grafana}/d/clickstream/clickstream" in said
        assert await wanted.check(Probe(opened.context)) == ""
        before = dict(Door.sources)
        await wanted.run(opened.context, said.append)
        assert Door.sources == before
        version = await opened.context.elasticsearch.version()
    finally:
        await opened.close()
    indices = {target.index for panel in load(OURS).panels for target in panel.targets}
    assert indices == set(Door.sources)
    source = Door.sources["events_per_min"]
    assert source["database"] == "events_per_min"
    assert source["jsonData"]["esVersion"] == (70 if Door.version[0] in "567" else version)
    lines = [command.line for command in opened.log.commands]
    assert any("/api/dashboards/db" in line for line in lines)
    assert not any(PASSWORD in line for line in lines)


async def test_a_wrong_password_is_said(grafana: str, stack_home: Path) -> None:
    opened = await _pipeline(stack_home, grafana, "guessed")
    try:
        with pytest.raises(Refused) as caught:
            await stage("dashboard").run(opened.context, lambda _: None)
    finally:
        await opened.close()
    assert "did not accept the credentials" in str(caught.value)
    assert "guessed" not in str(caught.value)


def test_the_dashboard_is_as_the_api_takes_it() -> None:
    """The fields of Grafana's dashboard JSON model that each version from 5 on reads; later ones migrate the rest."""
    body = json.loads(OURS.read_text("utf-8"))
    assert body["title"]
    assert len(body["uid"]) <= 40
    assert isinstance(body["schemaVersion"], int)
    assert len({panel["id"] for panel in body["panels"]}) == len(body["panels"])
    for panel in body["panels"]:
        assert panel["type"] in ("graph", "table", "singlestat")  # what 5 has, and 8, 10 and 11 migrate on load
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        for target in panel["targets"]:
            assert target["timeField"] == "EVENT_TS"
            assert {metric["type"] for metric in target["metrics"]} <= {"count", "max", "avg", "sum", "min"}
            assert {bucket["type"] for bucket in target["bucketAggs"]} <= {"terms", "date_histogram"}
            ids = [each["id"] for each in (*target["metrics"], *target["bucketAggs"])]
            assert len(set(ids)) == len(ids)
