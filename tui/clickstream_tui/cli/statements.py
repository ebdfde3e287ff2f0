"""The verb that runs ksqlDB statements."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

from clickstream_ksql.session import Session
from clickstream_pipeline.entity_layout import Table, lay_out
from clickstream_pipeline.errors import PipelineError, StatementError
from clickstream_pipeline.stages import EARLIEST
from clickstream_pipeline.statement_runner import Entity, Failure, Header, Rows, StatementRunner
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.output import Format, Printer, harmless, print_table
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.settings import Settings


def query(
    settings: Settings, text: str, limit: int | None, timeout: float | None, variables: dict[str, str], form: Format
) -> int:
    """Runs statements one by one; raises PipelineError for the first that fails."""

    async def work() -> int:
        session = Session(properties=dict(EARLIEST), variables={k.upper(): v for k, v in variables.items()})
        async with pipeline(settings) as opened:
            runner = StatementRunner(opened.ksqldb, opened.operations, session)
            shown = _Shown(form)
            try:
                async with aclosing(runner.run(text, limit=limit, timeout=timeout)) as results:
                    async for result in results:
                        shown.take(result)
            finally:
                shown.end()
        return DONE

    return run(work)


class _Shown:
    """Prints results as they come."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._printer: Printer | None = None
        self._prints = False

    def take(self, result: Any) -> None:
        """Prints one result. Raises the error of a failure."""
        if isinstance(result, Header):
            self.end()
            self._prints = result.names == ("record",) and result.push
            self._printer = None if self._prints else Printer(self._form, result.names)
        elif isinstance(result, Rows):
            for row in result.rows:
                if self._printer is not None:
                    self._printer.row(row)
                else:
                    print(harmless(row[0]), flush=True)
        elif isinstance(result, Entity):
            self.end()
            print_entity(result.entity, self._form)
        elif isinstance(result, Failure):
            self.end()
            say(f"Statement {result.number} failed" + ("; the ones before it are done." if result.number > 1 else "."))
            raise _whole(result)

    def end(self) -> None:
        """Prints what waits for the last row of a query."""
        printer, self._printer = self._printer, None
        if printer is not None:
            printer.end()


def _whole(failure: Failure) -> PipelineError:
    """The error with the statement that it is about."""
    if isinstance(failure.error, StatementError) or not failure.line:
        return failure.error
    error = failure.error
    return type(error)(f"{error.message}\n  {failure.statement.strip()}", hint=error.hint) if not error.hint else error


def print_entity(entity: dict[str, Any], form: Format) -> None:
    """One entity of a /ksql answer."""
    if form in (Format.json, Format.jsonl):
        print(json.dumps(entity, indent=1 if form is Format.json else None, ensure_ascii=False))
        return
    for block in lay_out(entity):
        if isinstance(block, Table):
            if form is Format.csv:
                printer = Printer(form, block.columns)
                for row in block.rows:
                    printer.row(row)
                printer.end()
            else:
                print_table(block.columns, block.rows, upper=False)
        elif form is Format.table:
            for line in block.text.splitlines():
                print(harmless(line.replace("\t", "    ")))
            print()
