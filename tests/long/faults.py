"""The faults of the matrix: each breaks the pipeline in one way, and mends it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from clickstream_pipeline.clients.bodies import TEMPLATE
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.sessionize import CONNECTOR
from clickstream_pipeline.sinks import PLUGIN

SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
Fault = Callable[[PipelineSession], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault and what must be said of it.

    Args:
        name: what it is called in the document.
        kind: of the part that must be named: service, connector, query, index or stage.
        part: how the name of that part begins.
        fault: breaks, and mends at its end.
        words: what the reason must hold.
        shown: a pattern that a row of the home screen must match; by default the part's name among the problems.
    """

    name: str
    kind: str
    part: str
    fault: Fault
    words: str
    shown: str = ""


@asynccontextmanager
async def stopped(session: PipelineSession, name: str) -> AsyncGenerator[None, None]:
    await session.stack.act("stop", name)
    try:
        yield
    finally:
        await session.stack.act("start", name)


async def pid_of(session: PipelineSession, name: str) -> int:
    return next(each.pid for each in await session.stack.services() if each.name == name) or 0


@asynccontextmanager
async def hanging(session: PipelineSession, name: str) -> AsyncGenerator[None, None]:
    pid = await pid_of(session, name)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def index_away(session: PipelineSession) -> AsyncGenerator[None, None]:
    """The sinks' server is stopped; afterwards they are restarted, as an operator does (`H`).

    Each waits for its next try, twice as long as for the one before, so some would write again only minutes later.
    """
    async with stopped(session, "elasticsearch"):
        yield
    await restart_sinks(session)


async def restart_sinks(session: PipelineSession) -> None:
    for each in await session.connect.connectors():
        if each.name.startswith("es_sink"):
            await session.connect.act(each.name, "restart")


@asynccontextmanager
async def failed_task(session: PipelineSession) -> AsyncGenerator[None, None]:
    """A sink that must fail at its first record, which is no JSON."""
    await session.kafka.create_topic("broken", 1, {})
    await session.kafka.produce("broken", None, b"this is no JSON")
    await session.connect.create("es_sink_BROKEN", {
        "connector.class": PLUGIN, "topics": "broken", "key.ignore": "true", "schema.ignore": "true",
        "type.name": "_doc", "connection.url": session.context.sink_url,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
    })  # fmt: skip
    try:
        yield
    finally:
        await session.connect.act("es_sink_BROKEN", "delete")
        await session.kafka.delete_topic("broken")


@asynccontextmanager
async def failed_connector(session: PipelineSession) -> AsyncGenerator[None, None]:
    """A source that cannot start: a group of topics that it is to make has no pattern (KIP-158)."""
    await session.connect.create("source_BROKEN", {
        "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "never_made",
        "quickstart": "users", "topic.creation.default.replication.factor": "1",
        "topic.creation.default.partitions": "1", "topic.creation.groups": "wide",
        "topic.creation.wide.include": "(",
    })  # fmt: skip
    try:
        yield
    finally:
        await session.connect.act("source_BROKEN", "delete")


@asynccontextmanager
async def no_template(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.elasticsearch.http.json("DELETE", f"/_template/{TEMPLATE}")
    try:
        yield
    finally:
        await session.elasticsearch.put_template()


@asynccontextmanager
async def no_clicks(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.connect.act(CONNECTOR, "pause")
    try:
        yield
    finally:
        await session.connect.act(CONNECTOR, "resume")


@asynccontextmanager
async def topic_deleted(session: PipelineSession) -> AsyncGenerator[None, None]:
    await session.kafka.create_topic("doomed", 1, {})
    await session.ksqldb.execute("CREATE STREAM DOOMED (A INT) WITH (KAFKA_TOPIC='doomed', VALUE_FORMAT='JSON');")
    made = await session.ksqldb.execute("CREATE STREAM DOOMED_COPY AS SELECT * FROM DOOMED EMIT CHANGES;")
    await session.kafka.delete_topic("doomed")
    try:
        yield
    finally:
        await session.ksqldb.execute(f"TERMINATE {made[0]['commandStatus']['queryId']};")
        await session.ksqldb.execute("DROP STREAM DOOMED_COPY; DROP STREAM DOOMED;")


@asynccontextmanager
async def query_in_error(session: PipelineSession) -> AsyncGenerator[None, None]:
    """A table whose state on the disk cannot be read any more, as after a failure of the disk itself."""
    file = session.home / "data" / "ksqldb" / "state.sqlite"
    async with stopped(session, "ksqldb"):
        kept = {each: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute(
                "UPDATE state SET value = x'c1' WHERE store IN (SELECT id FROM stores WHERE query LIKE 'CTAS_EVENTS_PER%')"
            )
    try:
        yield
    finally:
        async with stopped(session, "ksqldb"):
            for each in file.parent.glob(f"{file.name}*"):
                each.unlink()
            for each, content in kept.items():
                each.write_bytes(content)


def _of(fault: Callable[[PipelineSession, str], AbstractAsyncContextManager[None]], name: str) -> Fault:
    return lambda session: fault(session, name)


def _row(part: str, why: str = "") -> str:
    """A row of the problems: the part, and how its reason begins."""
    return f"[✗▲] {re.escape(part)}.*{re.escape(why)}"


CASES = (
    *(Case(f"{name} stopped", "service", name, _of(stopped, name), "is stopped", _row(name, "is stop"))
      for name in SERVERS),
    *(Case(f"{name} hanging", "service", name, _of(hanging, name), "did not answer", _row(name)) for name in SERVERS),
    # its server stands first among the problems; the sinks are told in their own pane
    Case("index away", "connector", "es_sink_EVENTS_PER_MIN", index_away, "wrote nothing", r"▲ degraded +es_s"),
    Case("task failed", "connector", "es_sink_BROKEN", failed_task, "task 0 of es_sink_BROKEN has failed",
         _row("es_sink_BROKEN", "task 0")),
    Case("connector failed", "connector", "source_BROKEN", failed_connector, "Invalid regex",
         _row("source_BROKEN", "has fail")),
    Case("template missing", "stage", "template", no_template, "is missing", _row("template", "the temp")),
    Case("no clicks", "connector", CONNECTOR, no_clicks, "is PAUSED", _row(CONNECTOR, "is PAUSE")),
    Case("topic deleted under a query", "query", "CSAS_DOOMED_COPY", topic_deleted, "does not exist",
         _row("CSAS_DOOMED_COPY", "reads")),
    Case("query in error", "query", "CTAS_EVENTS_PER_MIN", query_in_error, "is ERROR", _row("CTAS_EVENTS_PER_MIN", "is ERROR")),
)  # fmt: skip


class Door:
    """A door before a server: passes all on, or answers each request itself.

    Args:
        target: `host:port` behind it.
        answer: what it answers with in place of the server; None to pass on.
    """

    def __init__(self, target: str, answer: bytes | None = None) -> None:
        self._target = target
        self._answer = answer
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    def turn(self, answer: bytes | None) -> None:
        """Passes on or answers from now on; who is connected has to come again."""
        self._answer = answer
        for task in self._open:
            task.cancel()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Door, None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.turn(None)
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._answer is not None:
            await reader.read(65_536)
            writer.write(self._answer)
            await writer.drain()
            return
        host, port = self._target.split(":")
        inside, out = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(_pump(reader, out), _pump(inside, writer))
        finally:
            out.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
