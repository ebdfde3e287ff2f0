"""The stages of the pipeline in order: each can be checked, run alone, and run again."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import time
from typing import TYPE_CHECKING, Any

from clickstream_ksql import scripts
from clickstream_ksql.splitter import split
from clickstream_pipeline.clients.bodies import TEMPLATE, source_body, template_body
from clickstream_pipeline.command_log import curl
from clickstream_pipeline.dashboards import OURS
from clickstream_pipeline.errors import Misuse, PipelineError, Refused, StatementError, Unreachable
from clickstream_pipeline.health.rules import connector_state, has_finished
from clickstream_pipeline.model import Connector
from clickstream_pipeline.preflight import Finding, home_findings, room
from clickstream_pipeline.probe import Probe, StageReport
from clickstream_pipeline.sinks import sink_config, sink_configs
from clickstream_pipeline.stage_base import Report, Stage, StageBroken
from clickstream_pipeline.words import REMOTE

if TYPE_CHECKING:
    from clickstream_pipeline.probe import Context

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
_PREFLIGHT = 30.0  # seconds that the preflight checks hold


_CREATES = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:SOURCE\s+)?(?:SINK\s+)?(?:CONNECTOR|STREAM|TABLE)\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)",
    re.IGNORECASE,
)


def created_by(script: str) -> list[tuple[str, str]]:
    """(name, text) of the statements of a script of ours that create something, in order.

    By the splitter alone: the grammar takes seconds to build, which `status` cannot wait for.
    """
    found = ((_CREATES.match(piece.text), piece.text) for piece in split(scripts.load(script)))
    return [(match[1].upper(), text) for match, text in found if match is not None]


def is_broken(connector: Connector) -> bool:
    """Whether a connector or a task has failed; a generator that made all it was asked for has not."""
    return connector.failed and not has_finished(connector)


def _why_failed(connector: Connector) -> str:
    return connector_state(connector).why


async def until_running(context: Context, names: list[str], *, moving: bool) -> None:
    """Waits until connectors and their tasks run, and with `moving` until their topics hold records.

    Raises:
        StageBroken: a task has failed, with the first words of its trace, or they do not run within 30 s.
    """
    deadline = time.monotonic() + 30
    while True:
        known = {connector.name: connector for connector in await context.connect.connectors()}
        mine = [known[name] for name in names if name in known]
        broken = [each for each in mine if is_broken(each)]
        if broken:
            raise StageBroken("; ".join(_why_failed(each) for each in broken),
                              hint="Restart it once its cause is gone: clickstream-tui connectors restart NAME")  # fmt: skip
        waiting = [each.name for each in mine if each.state in ("RUNNING", "UNASSIGNED") and not _runs(each)]
        if not waiting and moving:
            held = {topic.name: topic.records for topic in await context.operations.topics()}
            waiting = [each.name for each in mine if each.state == "RUNNING" and not all(
                held.get(topic) is None or held[topic] for topic in each.topics if topic in held)]  # fmt: skip
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise StageBroken(f"{', '.join(waiting)} did not begin to run within 30 s",
                              hint="See the log of Kafka Connect")  # fmt: skip
        await asyncio.sleep(0.2)


def _runs(connector: Connector) -> bool:
    return connector.state == "RUNNING" and bool(connector.tasks) and not [
        task for task in connector.tasks if task.state not in ("RUNNING", "PAUSED", "FAILED")
    ]  # fmt: skip


class Doctor(Stage):
    name, title = "doctor", "Preflight checks"

    def __init__(self) -> None:
        self._last: tuple[float, str] | None = None

    async def check(self, look: Probe) -> str:
        if self._last is None or time.monotonic() - self._last[0] > _PREFLIGHT:  # it writes to the disk
            found = await asyncio.to_thread(_findings, look.context)
            self._last = (time.monotonic(), "; ".join(each.problem for each in found if each.problem))
        if look.context.owns_data and (full := await asyncio.to_thread(_no_room, look.context)):
            raise StageBroken(full)
        absent = await _absent(look) if look.context.words is REMOTE else ""
        return "; ".join(filter(None, (self._last[1], absent)))

    async def run(self, context: Context, report: Report) -> StageReport:
        found = await asyncio.to_thread(_findings, context)
        for each in found:
            if each.problem and each.severity == "error":
                raise PipelineError(each.problem, hint=each.cure)
        return StageReport(kept=tuple(each.check for each in found))


async def _absent(look: Probe) -> str:
    """Which servers, that are not run from here, do not answer, and why: what the preflight of such a profile looks at."""
    return "; ".join(service.reason or f"{service.name} is {service.state}"
                     for service in await look.services() if not service.ready)  # fmt: skip


def _no_room(context: Context) -> str:
    """That the disk of the home folder has too little room, "" where it has enough: asked at every look."""
    try:
        return room(context.stack.home).problem
    except OSError:
        return ""  # there is no folder yet: that is told by the other checks


def _findings(context: Context) -> tuple[Finding, ...]:
    return home_findings(context.stack.home, needs_room=context.owns_data)


class Services(Stage):
    name, title = "services", "Servers up and ready"

    async def check(self, look: Probe) -> str:
        if not look.context.stack.connected:
            return look.context.words.absent[0].lower() + look.context.words.absent[1:]
        waiting = [service for service in await look.services() if not service.ready]
        return "; ".join(f"{s.name} is {s.state}" + (f" ({s.reason})" if s.reason else "") for s in waiting)

    async def run(self, context: Context, report: Report) -> StageReport:
        if not context.stack.connected:
            raise Unreachable(context.words.absent, hint=context.words.start)
        deadline = time.monotonic() + 60
        for service in await context.stack.services():
            if service.state == "stopped":
                await context.operations.service("start", service.name)
        while reason := await self.check(Probe(context)):
            if time.monotonic() > deadline:
                raise Unreachable(f"The servers are not ready after 60 s: {reason}", hint=context.words.start)
            context.progress.running[self.name] = reason
            report(f"waiting: {reason}")
            await asyncio.sleep(0.1 if context.owns_data else 1.0)
        services = await context.stack.services()
        for service in services:
            report(f"{service.name} at {service.address}")
        return StageReport(kept=tuple(service.name for service in services))


class Connectors(Stage):
    name, title = "connectors", "Data generators"

    @staticmethod
    @functools.cache
    def _wanted() -> list[tuple[str, str]]:
        return created_by("create-connectors")

    async def check(self, look: Probe) -> str:
        known = {connector.name: connector for connector in await look.connectors()}
        missing = [name for name, _ in self._wanted() if name not in known]
        failed = [name for name, _ in self._wanted() if name in known and is_broken(known[name])]
        if failed:
            raise StageBroken("; ".join(_why_failed(known[name]) for name in failed))
        return "; ".join(f"{name} does not exist" for name in missing)

    async def run(self, context: Context, report: Report) -> StageReport:
        known = {connector.name: connector for connector in await context.connect.connectors()}
        created: list[str] = []
        for name, text in self._wanted():
            if name in known:
                if is_broken(known[name]):
                    await context.operations.connector("restart", name)
                    created.append(name)
                report(f"{name} exists")
                continue
            try:
                await context.operations.statement(text, {})
            except StatementError as error:
                if error.code != 40900:  # made by somebody else meanwhile
                    raise
            created.append(name)
            report(f"{name} created")
        names = [name for name, _ in self._wanted()]
        await until_running(context, names, moving=True)
        return StageReport(tuple(created), tuple(name for name in names if name not in created))

    def requests(self, context: Context) -> list[str]:
        return [curl("POST", f"{context.ksqldb.http.url}/ksql", {"ksql": text}) for _, text in self._wanted()]


class Statements(Stage):
    name, title = "statements", "Streams and tables"

    @staticmethod
    @functools.cache
    def _wanted() -> list[tuple[str, str]]:
        return created_by("statements")

    async def check(self, look: Probe) -> str:
        known = {source.name for source in await look.sources()}
        missing = [name for name, _ in self._wanted() if name not in known]
        if missing:
            return "missing: " + ", ".join(missing)
        broken = [q.query_id for q in await look.queries() if q.kind == "PERSISTENT" and q.state == "ERROR"]
        if broken:
            raise StageBroken(f"in error: {', '.join(broken)}")
        return ""

    async def run(self, context: Context, report: Report) -> StageReport:
        created: list[str] = []
        known = {source.name for source in await context.ksqldb.sources()}
        for name, text in self._wanted():
            if name in known:
                report(f"{name} exists")
                continue
            # one by one: ksqlDB checks a whole request before it runs any of it
            await self._with_topic(context, text)
            created.append(name)
            report(f"{name} created")
        return StageReport(tuple(created), tuple(name for name, _ in self._wanted() if name not in created))

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

    async def run(self, context: Context, report: Report) -> StageReport:
        if await context.elasticsearch.has_template():
            report(f"{TEMPLATE} exists")
            return StageReport(kept=(TEMPLATE,))
        await context.operations.put_template()
        report(f"{TEMPLATE} written")
        return StageReport((TEMPLATE,))

    def requests(self, context: Context) -> list[str]:
        return [curl("PUT", f"{context.elasticsearch.http.url}/_template/{TEMPLATE}", template_body(7))]


class Sinks(Stage):
    name, title = "sinks", "Tables to search indices"

    async def check(self, look: Probe) -> str:
        known = {connector.name: connector for connector in await look.connectors()}
        names = [f"es_sink_{table}" for table in TABLES]
        missing = [name for name in names if name not in known]
        failed = [name for name in names if name in known and is_broken(known[name])]
        if failed:
            raise StageBroken("; ".join(_why_failed(known[name]) for name in failed))
        return f"missing: {', '.join(missing)}" if missing else ""

    async def run(self, context: Context, report: Report) -> StageReport:
        if not await context.elasticsearch.has_template():
            raise PipelineError("The index template is missing, and it must be there before the first document",
                                hint="Run the stage 'template' first")  # fmt: skip
        known = {connector.name: connector for connector in await context.connect.connectors()}
        names, created = [f"es_sink_{table}" for table in TABLES], list[str]()
        configs = await sink_configs(context, TABLES)
        for table, name in zip(TABLES, names, strict=True):
            if name in known and not is_broken(known[name]):
                report(f"{name} exists")
                continue
            created.append(name)
            if name in known:
                await context.operations.connector("restart", name)
                report(f"{name} restarted")
                continue
            await context.operations.create_connector(name, configs[table])
            report(f"{name} created")
        await until_running(context, names, moving=False)
        return StageReport(tuple(created), tuple(name for name in names if name not in created))

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

    async def run(self, context: Context, report: Report) -> StageReport:
        version = await context.elasticsearch.version()
        if context.grafana is None:
            report("there is no Grafana in this profile; g shows the dashboard in the console")
            return StageReport(kept=("the console's own",))
        created: list[str] = []
        known = await context.grafana.sources()
        for index in self._indices():
            if index not in known:
                await context.operations.put_data_source(source_body(index, context.sink_url, version))
                created.append(index)
                report(f"data source {index} created")
        kept = tuple(index for index in self._indices() if index in known)
        if await context.grafana.has_dashboard(self._wanted()["uid"]):
            report("the dashboard exists")
            return StageReport(tuple(created), (*kept, "dashboard"))
        report(f"dashboard at {await context.operations.put_dashboard(self._wanted())}")
        return StageReport((*created, "dashboard"), kept)

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

    async def run(self, context: Context, report: Report) -> StageReport:
        report("start it with: clickstream-tui sessionize")
        return StageReport()


STAGES: tuple[Stage, ...] = (
    Doctor(), Services(), Connectors(), Statements(), Template(), Sinks(), Dashboard(), Sessionize(),
)  # fmt: skip


def stage(name: str) -> Stage:
    """The stage of that name. Raises PipelineError."""
    found = next((each for each in STAGES if each.name == name), None)
    if found is None:
        raise Misuse(f"There is no stage '{name}'; there are: {', '.join(each.name for each in STAGES)}")
    return found
