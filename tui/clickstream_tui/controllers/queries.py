"""What the ksqlDB pane asks for: runs its statements one by one, each with its own result."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING

from textual import on
from textual.worker import Worker

from clickstream_ksql import completion
from clickstream_ksql.completion import Names
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.statement_results import Entity, Failure, Header, Result, Rows, pieces_of
from clickstream_tui.console import Console
from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.panes.ksql import KsqlPane
from clickstream_tui.panes.ksql_editor import QueryEditor
from clickstream_tui.panes.ksql_results import QueryResults
from clickstream_tui.settings import Settings
from clickstream_widgets.safe_text import one_line

if TYPE_CHECKING:
    from clickstream_pipeline.clients.ksqldb import KsqlClient

if TYPE_CHECKING:
    from clickstream_pipeline.statement_runner import StatementRunner

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_DESTRUCTIVE = ("DROP", "TERMINATE", "PAUSE")


def destructive(text: str) -> list[str]:
    """The statements of a text that drop, terminate or pause, each on one line; also one whose verb has a variable in it."""
    found: list[str] = []
    for piece in pieces_of(text):
        words = _COMMENTS.sub(" ", piece.text).split()
        if words and (words[0].upper() in _DESTRUCTIVE or "${" in words[0]):
            found.append(one_line(" ".join(words), 200))
    return found


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


class QueryActions(Console):
    """At most one run at a time; a new one ends the one before."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._statement_run: Worker[None] | None = None
        self._runner: StatementRunner | None = None
        self._names = ServerNames()

    @property
    def _ksql_pane(self) -> KsqlPane:
        return self.screen_stack[0].query_one(KsqlPane)

    @on(KsqlPane.Run)
    def _run_statements(self, message: KsqlPane.Run) -> None:
        if self.pipeline is None:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
            return
        asked = destructive(message.text)

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._statement_run = self.run_worker(
                    self._run_text(message.text), group="ksql.run", exclusive=True, exit_on_error=False
                )

        if asked and not self.unchangeable:
            listed = "\n".join(f"  {each}" for each in asked)
            question = f"Run what cannot be taken back?\n{listed}\n{self._readers(asked)}"
            self.push_screen(ConfirmScreen(question.rstrip(), "Run"), answered)
        else:
            answered(True)

    def _readers(self, statements: list[str]) -> str:
        """The queries that name what is dropped, as a sentence."""
        words = {word.strip("`;").upper() for text in statements for word in text.split()}
        sources = {each.name for each in self.snapshot.sources} & words
        users = [
            each.query_id
            for each in self.snapshot.queries
            if any(name in each.text.upper() and name not in each.sinks for name in sources)
        ]
        return f"These queries read from it: {', '.join(users)}." if users else ""

    @on(KsqlPane.Search)
    def _search_statements(self) -> None:
        from clickstream_tui.screens.statement_history import StatementHistoryScreen

        def taken(text: str | None) -> None:
            if text:
                self._ksql_pane.editor.put(text)

        editor = self._ksql_pane.editor
        self.push_screen(StatementHistoryScreen(editor.history.texts, editor.desk.saved, editor.desk.forget), taken)

    @on(QueryEditor.Save)
    def _save_query(self, message: QueryEditor.Save) -> None:
        """Keeps a statement by a name that is asked for."""
        from clickstream_tui.screens.statement_history import SaveQueryScreen

        def named(name: str | None) -> None:
            if name:
                self._ksql_pane.editor.desk.save(name, message.text)
                self.say(f"The query is saved as '{name}': ctrl+t shows it first")

        self.push_screen(SaveQueryScreen(message.text, self._ksql_pane.editor.desk.saved), named)

    @on(QueryResults.Said)
    def _results_said(self, message: QueryResults.Said) -> None:
        self.say(message.text, progress=True)

    @on(KsqlPane.Export)
    def _export_rows(self, message: KsqlPane.Export) -> None:
        """Writes rows as CSV and JSONL to the home folder, and says where they are."""
        if not message.columns:
            self._ksql_pane.results.say("there are no rows to write")
            return
        from clickstream_pipeline import row_export

        file = self.settings.home / "exports" / time.strftime("query-%Y%m%d-%H%M%S.csv")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(row_export.as_csv(message.columns, message.rows), "utf-8", newline="")
            file.with_suffix(".jsonl").write_text(row_export.as_jsonl(message.columns, message.rows), "utf-8")
        except OSError as error:
            self.say(f"The rows could not be written to {file} ({error.strerror})", failed=True)
        else:
            self.say(f"{len(message.rows)} rows are in {file} and beside it as .jsonl")

    @on(KsqlPane.Cancel)
    def _cancel_run(self) -> None:
        if self._statement_run is not None and self._statement_run.is_running:
            self._statement_run.cancel()
            self._ksql_pane.results.tell("cancelled")

    @on(QueryEditor.Complete)
    def _complete_statement(self, message: QueryEditor.Complete) -> None:
        if self.pipeline is not None:
            self.in_background(self._complete(message.text), "ksql.complete")

    async def _complete(self, text: str) -> None:
        """Offers what may come next in the editor, with the names that the server knows now."""
        assert self.pipeline is not None
        editor, cursor = self._ksql_pane.editor, self._ksql_pane.editor.cursor
        try:
            known = await self._names.known(self.pipeline.ksqldb, self.snapshot)
        except PipelineError as error:
            self._ksql_pane.results.say(f"{error} Keywords are known all the same.")
            known = completion.Names()
        # where the hand has gone on meanwhile, no list opens under it
        if editor.is_edited and (editor.text, editor.cursor) == (text, cursor):
            editor.offer(completion.complete(text, cursor, known))

    async def _run_text(self, text: str) -> None:
        assert self.pipeline is not None
        pipeline, results = self.pipeline, self._ksql_pane.results
        if self._runner is None:
            # here, as the language takes an eighth of a second to load, which no console needs to paint its first screen
            from clickstream_pipeline.statement_runner import StatementRunner

            self._runner = StatementRunner(pipeline.ksqldb, pipeline.operations)
        pieces = pieces_of(text)
        results.start([one_line(piece.text, 40) for piece in pieces])
        at, last = 0, 0
        async with contextlib.aclosing(self._runner.run(text)) as answers:
            results.tell("running … (esc cancels)")
            async for result in answers:
                if result.number != last:
                    at, last = 0, result.number
                    results.receive(result.number - 1)
                at += self._show(results, result, at)
        if pieces:
            self.action_refresh()

    def _show(self, results: QueryResults, result: Result, before: int) -> int:
        """Shows one part of an answer; gives the number of its rows."""
        match result:
            case Header():
                results.begin(result.names)
                results.tell("0 rows (esc cancels)")
            case Rows():
                results.rows(result.rows, f"{before + len(result.rows):,} rows")
                return len(result.rows)
            case Entity():
                self._show_entity(results, result)
            case Failure():
                results.fail(result.number, str(result.error), result.statement, result.line, result.column)
                self.say(f"statement {result.number} failed: {result.error}", failed=True)
            case _:
                results.tell(result.text)
        return 0

    @staticmethod
    def _show_entity(results: QueryResults, result: Entity) -> None:
        said = "done"
        from clickstream_pipeline.entity_layout import Table, lay_out

        for block in lay_out(result.entity):
            if isinstance(block, Table):
                results.begin(block.columns)
                results.rows([list(row) for row in block.rows])
            else:
                results.begin(["result"])
                lines = block.text.splitlines()
                results.rows([[line] for line in lines])
                said = lines[0] if len(lines) == 1 else said
        results.tell(said)

    def end_queries(self) -> None:
        """Ends the running query, at the end of the console."""
        if self._statement_run is not None and self._statement_run.is_running:
            self._statement_run.cancel()
