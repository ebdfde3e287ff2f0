"""The stages of the pipeline in order: each can be checked, run alone, and run again."""

from __future__ import annotations

import asyncio
import functools
import json
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from clickstream_ksql import ast, scripts
from clickstream_ksql.parser import parse
from clickstream_pipeline.clients.elasticsearch import TEMPLATE, template_body
from clickstream_pipeline.clients.grafana import source_body
from clickstream_pipeline.command_log import curl
from clickstream_pipeline.dashboards.model import OURS
from clickstream_pipeline.errors import PipelineError, Refused, StatementError
from clickstream_pipeline.model import StageState, StageStatus
from clickstream_pipeline.probe import Context, Probe
from clickstream_pipeline.runtimes.stack import Stack

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
TABLES = (
    "CLICK_USER_SESSIONS",
    "USER_IP_ACTIVITY",
    "ENRICHED_ERROR_CODES_COUNT",
    "ERRORS_PER_MIN_ALERT",
    "ERRORS_PER_MIN",
    "EVENTS_PER_MIN",
    "PAGES_PER_MIN",
)
Report = Callable[[str], None]
_PREFLIGHT = 30.0  # seconds that the preflight checks hold


def sink_config(table: str, elasticsearch: str) -> dict[str, str]:
    """The tutorial's sink of one table into its index."""
    return {
        "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
        "topics": table,
        "key.ignore": "true",
        "schema.ignore": "true",
        "key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "type.name": "_doc",
        "topic.index.map": f"{table}:{table.lower()}",
        "connection.url": elasticsearch,
        "transforms": "FilterNulls",
        "transforms.FilterNulls.type": "io.confluent.transforms.NullFilter",
    }


class Stage(ABC):
    """One stage. `check` says why it is not done ("" where it is); `run` does what is missing."""

    name: str
    title: str
    optional = False

    @abstractmethod
    async def check(self, look: Probe) -> str:
        """Why the stage is not done, "" where it is. Raises PipelineError where it cannot tell."""

    @abstractmethod
    async def run(self, context: Context, report: Report) -> None:
        """Does what is missing; safe to repeat. Raises PipelineError."""

    def requests(self, context: Context) -> list[str]:
        """The exact requests of the stage, as shell lines."""
        return []

    async def status(self, look: Probe) -> StageStatus:
        """The stage as the snapshot shows it."""
        try:
            reason = await self.check(look)
        except PipelineError as error:
            state = StageState.OPTIONAL if self.optional else StageState.TODO
            return StageStatus(self.name, self.title, state, error.message)
        state = StageState.TODO if reason else StageState.DONE
        if self.optional:
            state = StageState.OPTIONAL
        return StageStatus(self.name, self.title, state, reason)


class Doctor(Stage):
    name, title = "doctor", "Preflight checks"

    def __init__(self) -> None:
        self._last: tuple[float, str] | None = None

    async def check(self, look: Probe) -> str:
        if self._last is None or time.monotonic() - self._last[0] > _PREFLIGHT:  # it writes to the disk
            problems = await asyncio.to_thread(preflight, look.context.stack)
            self._last = (time.monotonic(), "; ".join(problem for problem, _ in problems))
        return self._last[1]

    async def run(self, context: Context, report: Report) -> None:
        for problem, cure in preflight(context.stack):
            raise PipelineError(problem, hint=cure)


def preflight(stack: Stack) -> list[tuple[str, str]]:
    """(problem, cure) of what would keep the embedded stack from working."""
    found: list[tuple[str, str]] = []
    home = stack.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        cure = "Make it writable, or choose another with --home DIR or CLICKSTREAM_HOME"
        return [(f"The home folder {home} cannot be written ({error.strerror})", cure)]
    free = shutil.disk_usage(home).free
    if free < 200 * 1024 * 1024:
        found.append(
            (
                f"Only {free // 2**20} MiB are free at {home}; the stack wants 200",
                "Free some disk space, or choose another --home",
            )
        )
    return found


class Services(Stage):
    name, title = "services", "Servers up and ready"

    async def check(self, look: Probe) -> str:
        if not look.context.stack.connected:
            return "the embedded servers do not run"
        waiting = [service for service in await look.services() if not service.ready]
        return "; ".join(f"{s.name} is {s.state}" + (f" ({s.reason})" if s.reason else "") for s in waiting)

    async def run(self, context: Context, report: Report) -> None:
        if not context.stack.connected:
            raise PipelineError("The embedded servers do not run", hint="Start them with: clickstream-tui up")
        deadline = time.monotonic() + 60
        for service in await context.stack.services():
            if service.state == "stopped":
                await context.operations.service("start", service.name)
        while reason := await self.check(Probe(context)):
            if time.monotonic() > deadline:
                raise PipelineError(
                    f"The servers are not ready after 60 s: {reason}",
                    hint=f"See the logs in {context.stack.home / 'logs'}",
                )
            await asyncio.sleep(0.1)
        for service in await context.stack.services():
            report(f"{service.name} at {service.address}")


class Connectors(Stage):
    name, title = "connectors", "Data generators"

    @staticmethod
    @functools.cache
    def _wanted() -> list[tuple[str, str]]:
        return [
            (p.statement.name, p.text)
            for p in parse(scripts.load("create-connectors"))
            if isinstance(p.statement, ast.CreateConnector)
        ]

    async def check(self, look: Probe) -> str:
        known = {connector.name: connector for connector in await look.connectors()}
        missing = [name for name, _ in self._wanted() if name not in known]
        failed = [name for name, _ in self._wanted() if name in known and known[name].failed]
        return "; ".join([f"{name} does not exist" for name in missing] + [f"{name} has failed" for name in failed])

    async def run(self, context: Context, report: Report) -> None:
        known = {connector.name: connector for connector in await context.connect.connectors()}
        for name, text in self._wanted():
            if name in known:
                if known[name].failed:
                    await context.operations.connector("restart", name)
                report(f"{name} exists")
                continue
            try:
                await context.operations.statement(text, {})
            except StatementError as error:
                if error.code != 40900:  # made by somebody else meanwhile
                    raise
            report(f"{name} created")

    def requests(self, context: Context) -> list[str]:
        return [curl("POST", f"{context.ksqldb.http.url}/ksql", {"ksql": text}) for _, text in self._wanted()]


class Statements(Stage):
    name, title = "statements", "Streams and tables"

    @staticmethod
    @functools.cache
    def _wanted() -> list[tuple[str, str]]:
        pieces = parse(scripts.load("statements"))
        return [(p.statement.name, p.text) for p in pieces if isinstance(p.statement, ast.CreateSource | ast.CreateAs)]

    async def check(self, look: Probe) -> str:
        known = {source.name for source in await look.sources()}
        missing = [name for name, _ in self._wanted() if name not in known]
        if missing:
            return "missing: " + ", ".join(missing)
        broken = [q.query_id for q in await look.queries() if q.kind == "PERSISTENT" and q.state == "ERROR"]
        return f"in error: {', '.join(broken)}" if broken else ""

    async def run(self, context: Context, report: Report) -> None:
        known = {source.name for source in await context.ksqldb.sources()}
        for name, text in self._wanted():
            if name in known:
                report(f"{name} exists")
                continue
            # one by one: ksqlDB checks a whole request before it runs any of it
            await self._with_topic(context, text)
            report(f"{name} created")

    async def _with_topic(self, context: Context, text: str) -> None:
        """A source needs its topic, which the generator makes with its first record."""
        deadline = time.monotonic() + 20
        while True:
            try:
                await context.operations.statement(text, EARLIEST)
                return
            except Refused as error:
                if (
                    "does not exist. If you want to create a new topic" not in error.message
                    or time.monotonic() > deadline
                ):
                    raise
                await asyncio.sleep(0.2)

    def requests(self, context: Context) -> list[str]:
        url = f"{context.ksqldb.http.url}/ksql"
        return [curl("POST", url, {"ksql": text, "streamsProperties": EARLIEST}) for _, text in self._wanted()]


class Template(Stage):
    name, title = "template", "Search index template"

    async def check(self, look: Probe) -> str:
        return "" if await look.has_template() else f"the template '{TEMPLATE}' is missing"

    async def run(self, context: Context, report: Report) -> None:
        if await context.elasticsearch.has_template():
            report(f"{TEMPLATE} exists")
            return
        await context.operations.put_template()
        report(f"{TEMPLATE} written")

    def requests(self, context: Context) -> list[str]:
        return [curl("PUT", f"{context.elasticsearch.http.url}/_template/{TEMPLATE}", template_body(7))]


class Sinks(Stage):
    name, title = "sinks", "Tables to search indices"

    async def check(self, look: Probe) -> str:
        known = {connector.name: connector for connector in await look.connectors()}
        names = [f"es_sink_{table}" for table in TABLES]
        missing = [name for name in names if name not in known]
        failed = [name for name in names if name in known and known[name].failed]
        return "; ".join(
            ([f"missing: {', '.join(missing)}"] if missing else []) + [f"{name} has failed" for name in failed]
        )

    async def run(self, context: Context, report: Report) -> None:
        if not await context.elasticsearch.has_template():
            raise PipelineError("The index template is missing, and it must be there before the first document",
                                hint="Run the stage 'template' first")  # fmt: skip
        known = {connector.name: connector for connector in await context.connect.connectors()}
        for table in TABLES:
            name = f"es_sink_{table}"
            if name in known and not known[name].failed:
                report(f"{name} exists")
                continue
            if name in known:
                await context.operations.connector("restart", name)
                report(f"{name} restarted")
                continue
            await context.operations.create_connector(name, sink_config(table, context.sink_url))
            report(f"{name} created")

    def requests(self, context: Context) -> list[str]:
        url = context.connect.http.url
        return [
            curl("PUT", f"{url}/connectors/es_sink_{table}/config", sink_config(table, context.sink_url))
            for table in TABLES
        ]


class Dashboard(Stage):
    name, title = "dashboard", "Dashboard"

    @staticmethod
    @functools.cache
    def _wanted() -> dict[str, Any]:
        return json.loads(OURS.read_text("utf-8"))

    @classmethod
    def _indices(cls) -> list[str]:
        return sorted({str(panel["datasource"]) for panel in cls._wanted()["panels"]})

    async def check(self, look: Probe) -> str:
        grafana = look.context.grafana
        if grafana is None:  # the console draws the dashboard itself
            await look.indices()
            return ""
        known = await grafana.sources()
        missing = [index for index in self._indices() if index not in known]
        if missing:
            return "data sources are missing: " + ", ".join(missing)
        return "" if await grafana.has_dashboard(self._wanted()["uid"]) else "the dashboard is missing"

    async def run(self, context: Context, report: Report) -> None:
        version = await context.elasticsearch.version()
        if context.grafana is None:
            report("there is no Grafana in this profile; g shows the dashboard in the console")
            return
        known = await context.grafana.sources()
        for index in self._indices():
            if index not in known:
                await context.operations.put_data_source(source_body(index, context.sink_url, version))
                report(f"data source {index} created")
        if await context.grafana.has_dashboard(self._wanted()["uid"]):
            report("the dashboard exists")
            return
        report(f"dashboard at {await context.operations.put_dashboard(self._wanted())}")

    def requests(self, context: Context) -> list[str]:
        if context.grafana is None:
            return []
        url = context.grafana.http.url
        sources = [source_body(index, context.sink_url, "7") for index in self._indices()]
        return [
            *(curl("POST", f"{url}/api/datasources", body) for body in sources),
            curl("POST", f"{url}/api/dashboards/db", {"dashboard": self._wanted(), "overwrite": True}),
        ]


class Sessionize(Stage):
    name, title = "sessionize", "Pauses that end sessions"
    optional = True

    async def check(self, look: Probe) -> str:
        return "on demand: pauses the clicks for 35 s every 90 s"

    async def run(self, context: Context, report: Report) -> None:
        report("start it with: clickstream-tui sessionize")


STAGES: tuple[Stage, ...] = (
    Doctor(), Services(), Connectors(), Statements(), Template(), Sinks(), Dashboard(), Sessionize(),
)  # fmt: skip


def stage(name: str) -> Stage:
    """The stage of that name. Raises PipelineError."""
    found = next((each for each in STAGES if each.name == name), None)
    if found is None:
        raise PipelineError(f"There is no stage '{name}'; there are: {', '.join(each.name for each in STAGES)}")
    return found
