"""The verb that runs ksqlDB statements."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from clickstream_ksql import ast, classify
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import iter_parse
from clickstream_ksql.session import Session, UndefinedVariable
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stages import EARLIEST
from clickstream_tui.cli import DONE
from clickstream_tui.cli.output import Format, Printer, harmless
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.settings import Settings


def query(
    settings: Settings, text: str, limit: int | None, timeout: float | None, variables: dict[str, str], form: Format
) -> int:
    async def work() -> int:
        session = Session(properties=dict(EARLIEST), variables={k.upper(): v for k, v in variables.items()})
        async with pipeline(settings) as opened:
            try:
                for number, parsed in enumerate(iter_parse(session.substitute(text)), 1):
                    try:
                        session = await _statement(opened, parsed.statement, parsed.text, session, limit, timeout, form)
                    except PipelineError:
                        say(f"Statement {number} failed; the ones before it are done.")
                        raise
            except UndefinedVariable as error:
                raise PipelineError(str(error)) from error
            except KsqlSyntaxError as error:
                raise PipelineError(
                    f"This is not a ksqlDB statement: {error.message}", hint=error.statement.strip()
                ) from error
        return DONE

    return run(work)


async def _statement(
    opened: PipelineSession, statement: ast.Statement, text: str, session: Session, limit: int | None, timeout: float | None, form: Format
) -> Session:  # fmt: skip
    if isinstance(statement, ast.Print):
        await _print(opened, text, limit, timeout)
    elif isinstance(statement, ast.QueryStatement):
        await _rows(opened, text, session, limit, timeout, form)
    elif classify.effect(statement) is classify.Effect.SESSION and not isinstance(statement, ast.Assert):
        return session.apply(statement)
    else:
        reads = classify.effect(statement) is not classify.Effect.CHANGES
        execute = opened.ksqldb.execute if reads else opened.operations.statement
        for entity in await execute(text, session.properties):
            print_entity(entity, form)
    return session


async def _rows(
    opened: PipelineSession, text: str, session: Session, limit: int | None, timeout: float | None, form: Format
) -> None:
    async with opened.ksqldb.stream(text, session.properties) as stream:
        printer = Printer(form, stream.header.names)
        count = 0
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    async for row in stream:
                        printer.row(row)
                        count += 1
                        if limit is not None and count >= limit:
                            break
        finally:
            printer.end()


async def _print(opened: PipelineSession, text: str, limit: int | None, timeout: float | None) -> None:
    count = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            async for line in opened.ksqldb.print_topic(text):
                print(harmless(line), flush=True)
                count += line.startswith("rowtime:")
                if limit is not None and count >= limit:
                    return


def print_entity(entity: dict[str, Any], form: Format) -> None:
    """One entity of a /ksql answer."""
    if form in (Format.json, Format.jsonl):
        print(json.dumps(entity, indent=1 if form is Format.json else None, ensure_ascii=False))
        return
    if entity.get("@type") == "currentStatus":
        print(harmless(entity["commandStatus"]["message"]))
        return
    listed = next(
        (value for value in entity.values() if isinstance(value, list) and value and isinstance(value[0], dict)), None
    )
    if listed is None:
        rest = {k: v for k, v in entity.items() if k not in ("@type", "statementText", "warnings")}
        print(json.dumps(rest, indent=1, ensure_ascii=False))
        return
    columns = list(listed[0])
    printer = Printer(form, columns)
    for row in listed:
        printer.row([row.get(column) for column in columns])
    printer.end()
