"""What the panes ask for: the console's answers, each as an operation, a screen or a run of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from clickstream_ksql import completion
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stages import STAGES, stage
from clickstream_tui.console_queries import QueryRunner, ServerNames
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.screens.dialogs import ConfirmScreen, TextScreen
from clickstream_widgets.safe_text import one_line

if TYPE_CHECKING:
    from clickstream_tui.app import ConsoleApp


class PaneRequests:
    """One for each console. What takes time runs in the console's workers."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._queries = QueryRunner(app)
        self._names = ServerNames()

    @property
    def _pipeline(self) -> PipelineSession:
        assert self._app.pipeline is not None
        return self._app.pipeline

    def close(self) -> None:
        self._queries.cancel()

    def handle(self, pane: str, verb: str, name: str) -> None:
        """Does what a pane asks for; `name` is what it is about."""
        handlers: dict[str, Callable[[str, str], None]] = {
            "stages": self._stages, "services": self._services, "connectors": self._connectors, "ksql": self._ksql,
            "tail": self._export,
        }  # fmt: skip
        if self._app.pipeline is None and pane != "tail":  # what the tail asks for needs no server
            self._app.say("The stack is still starting.")
        else:
            handlers[pane](verb, name)

    def _work(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = True) -> None:
        self._app.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)

    def _stages(self, verb: str, name: str) -> None:
        if verb == "requests":
            lines = stage(name).requests(self._pipeline.context) or ["This stage makes no request of its own."]
            self._app.push_screen(TextScreen(f"Requests of the stage {name}", "\n\n".join(lines)))
        elif verb == "run-all":
            self.run_all_stages()
        elif verb == "run-next":
            following = self._app.snapshot.next_stage
            self._work(self._run_stages([following.name] if following else []), "stages.run")
        elif name == "sessionize":
            self._app.action_sessionize()
        else:
            self._work(self._run_stages([name]), "stages.run")

    def run_all_stages(self) -> None:
        """Every stage that is not optional, in order."""
        names = [each.name for each in STAGES if not each.optional]
        self._work(self._run_stages(names), "stages.run")

    async def _run_stages(self, names: list[str]) -> None:
        """Runs stages in order; stops at the first that fails and says why."""
        for name in names:
            self._app.say(f"stage {name} …")
            try:
                await self._pipeline.run_stage(name, lambda note, name=name: self._app.say(f"{name}: {note}"))
            except PipelineError as error:
                self._app.say(f"stage {name} failed: {error}")
                self._app.notify(one_line(str(error)), title=f"Stage {name} failed", severity="error", markup=False)
                return
            self._app.say(f"stage {name} is done")
            self._app.action_refresh()

    def _services(self, verb: str, name: str) -> None:
        if verb == "logs":
            self._work(self._show_log(name), "app.log")
        else:
            self._work(
                self._operate(self._pipeline.operations.service(verb, name), f"{name}: {verb}"),
                "app.operate",
                exclusive=False,
            )

    def _export(self, verb: str, text: str) -> None:
        """Writes the records that the tail shows to a file of the home folder."""
        file = self._app.settings.home / "exports" / time.strftime("tail-%Y%m%d-%H%M%S.jsonl")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n" if text else "", "utf-8")
        except OSError as error:
            self._app.say(f"The records could not be written to {file} ({error.strerror})")
        else:
            self._app.say(f"{len(text.splitlines())} records are in {file}")

    async def _show_log(self, name: str) -> None:
        """Shows the end of a service's log."""
        try:
            text = "\n".join((await self._pipeline.stack.logs(name)).splitlines()[-400:])
        except PipelineError as error:
            text = str(error)
        self._app.push_screen(TextScreen(f"Log of {name}", text))

    def _connectors(self, verb: str, name: str) -> None:
        operations = self._pipeline.operations
        if verb == "describe":
            self._app.push_screen(TextScreen(f"Connector {name}", self._describe(name)))
        elif verb == "delete":

            def answered(yes: bool | None) -> None:
                if yes:
                    self._work(
                        self._operate(operations.connector("delete", name), f"{name}: delete"),
                        "app.operate",
                        exclusive=False,
                    )

            self._app.push_screen(
                ConfirmScreen(f"Delete the connector {name}? Its offsets are kept by Kafka.", "Delete"), answered
            )
        else:
            self._work(
                self._operate(operations.connector(verb, name), f"{name}: {verb}"), "app.operate", exclusive=False
            )

    def _describe(self, name: str) -> str:
        found = next((c for c in self._app.snapshot.connectors if c.name == name), None)
        if found is None:
            return "It is not there any more."
        lines = [f"{found.class_name} ({found.kind}), {found.state}, topics: {', '.join(found.topics)}", ""]
        for task in found.tasks:
            lines += [f"task {task.number}: {task.state} on {task.worker}", *task.trace.splitlines()]
        return "\n".join([*lines, "", *(f"{key} = {value}" for key, value in found.config)])

    async def _operate(self, call: Coroutine[Any, Any, None], what: str) -> None:
        """Runs one operation and shows what came of it."""
        self._app.say(f"{what} …")
        try:
            await call
        except PipelineError as error:
            self._app.say(f"{what} failed: {error}")
            self._app.notify(one_line(str(error)), title=f"{what} failed", severity="error", markup=False)
        else:
            self._app.say(f"{what} done")
        self._app.action_refresh()

    def _ksql(self, verb: str, text: str) -> None:
        if verb == "cancel":
            self._queries.cancel()
        elif verb == "complete":
            self._work(self._complete(text), "ksql.complete")
        else:
            self._queries.run(text)

    async def _complete(self, text: str) -> None:
        """Offers what may come next in the editor, with the names that the server knows now."""
        pane = self._app.query_one(KsqlPane)
        try:
            known = await self._names.known(self._pipeline.ksqldb, self._app.snapshot)
        except PipelineError as error:
            pane.say(f"{error} Keywords are known all the same.")
            known = completion.Names()
        pane.offer(completion.complete(text, pane.cursor, known))
