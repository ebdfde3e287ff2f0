"""Runs the statements of the ksqlDB pane, one by one, each with its own result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from clickstream_ksql import ast, classify
from clickstream_ksql.completion import Names
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import Parsed, parse
from clickstream_ksql.session import Session, UndefinedVariable
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.panes.ksql import KsqlPane

if TYPE_CHECKING:
    from clickstream_tui.app import ConsoleApp

_FLUSH_ROWS = 200


class ServerNames:
    """Sources, columns and functions for completion; asked for when a source is new, functions once."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}
        self._functions: tuple[str, ...] = ()

    async def known(self, client: KsqlClient, snapshot: Snapshot) -> Names:
        """What the server has now. Raises PipelineError."""
        sources = tuple(source.name for source in snapshot.sources)
        if not self._functions:
            answer = (await client.execute("SHOW FUNCTIONS;"))[0]
            self._functions = tuple(sorted(function["name"] for function in answer["functions"]))
        for name in sources:
            if name not in self._columns:
                quoted = name.replace("`", "``")
                found = (await client.execute(f"DESCRIBE `{quoted}`;"))[0]["sourceDescription"]["fields"]
                self._columns[name] = tuple(field["name"] for field in found)
        return Names(sources, {name: self._columns[name] for name in sources}, self._functions)


class QueryRunner:
    """At most one run at a time; a new one ends the one before."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._worker: Worker[None] | None = None
        self._session = Session()

    @property
    def _pane(self) -> KsqlPane:
        return self._app.query_one(KsqlPane)

    def run(self, text: str) -> None:
        self._worker = self._app.run_worker(self._run(text), group="ksql.run", exclusive=True, exit_on_error=False)

    def cancel(self) -> None:
        """Ends the running query, here and on the server."""
        if self._worker is not None and self._worker.is_running:
            self._worker.cancel()
            self._pane.say("cancelled")

    async def _run(self, text: str) -> None:
        pipeline, pane = self._app.pipeline, self._pane
        if pipeline is None:
            return
        text = text.strip()
        if text and not text.endswith(";"):
            text += ";"
        number = 0
        try:
            statements = parse(self._session.substitute(text))
            for number, parsed in enumerate(statements, 1):
                pane.say(f"running statement {number} of {len(statements)} … (esc cancels)")
                await self._one(pipeline, parsed)
        except KsqlSyntaxError as error:
            pane.say(error.message.replace("\n", " · "))
        except UndefinedVariable as error:
            pane.say(str(error))
        except PipelineError as error:
            pane.say(f"statement {number} failed: {error}")

    async def _one(self, pipeline: PipelineSession, parsed: Parsed) -> None:
        pane, statement = self._pane, parsed.statement
        if isinstance(statement, ast.Print):
            pane.begin(["record"])
            count = 0
            async for line in pipeline.ksqldb.print_topic(parsed.text):
                count += 1
                pane.rows([[line]])
                pane.say(f"{count} lines (esc cancels)")
        elif isinstance(statement, ast.QueryStatement):
            await self._rows(pipeline, parsed)
        elif classify.effect(statement) is classify.Effect.SESSION and not isinstance(statement, ast.Assert):
            self._session = self._session.apply(statement)
            pane.say("kept for this session")
        else:
            reads = classify.effect(statement) is not classify.Effect.CHANGES
            execute = pipeline.ksqldb.execute if reads else pipeline.operations.statement
            for entity in await execute(parsed.text, self._session.properties):
                self._entity(entity)

    async def _rows(self, pipeline: PipelineSession, parsed: Parsed) -> None:
        pane, count = self._pane, 0
        async with pipeline.ksqldb.stream(parsed.text, self._session.properties) as stream:
            pane.begin(stream.header.names)
            waiting: list[list[Any]] = []
            push = classify.is_push(parsed.statement)
            async for row in stream:
                count += 1
                waiting.append(row)
                if push or len(waiting) >= _FLUSH_ROWS:
                    pane.rows(waiting)
                    waiting = []
                    pane.say(f"{count} rows (esc cancels)")
            pane.rows(waiting)
        pane.say(f"{count} rows")

    def _entity(self, entity: dict[str, Any]) -> None:
        pane = self._pane
        if "commandStatus" in entity:
            pane.begin(["result"])
            pane.rows([[entity["commandStatus"]["message"]]])
            pane.say(entity["commandStatus"]["message"])
            return
        listed = next((v for v in entity.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
        if listed is None:
            body = next((v for v in entity.values() if isinstance(v, dict)), entity)
            pane.begin(["name", "value"])
            pane.rows([[key, value] for key, value in body.items()])
        else:
            pane.begin(list(listed[0]))
            pane.rows([list(row.values()) for row in listed])
        pane.say("done")
