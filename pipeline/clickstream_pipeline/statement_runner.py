"""Runs ksqlDB statements one by one: the same for the console and the command line, which only show what comes.

Variables (DEFINE, -D, `${name}`, `$${name}` for the text itself) and properties (SET) are the session's, which no server keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING

from clickstream_ksql import ast, classify
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse_piece
from clickstream_ksql.session import Session, UndefinedVariable
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.statement_results import Entity, Failure, Header, Note, Result, Rows, pieces_of

if TYPE_CHECKING:
    from clickstream_pipeline.clients.ksqldb import KsqlClient
    from clickstream_pipeline.operations import Operations

_GATHER = 0.05  # seconds between two batches of a push query: what comes meanwhile comes at once


class StatementRunner:
    """One session: what is SET and DEFINEd holds for the statements after it.

    Args:
        ksqldb: the server.
        operations: what changes things, and writes them to the command log.
        session: properties and variables to begin with.
    """

    def __init__(self, ksqldb: KsqlClient, operations: Operations, session: Session | None = None) -> None:
        self._ksqldb = ksqldb
        self._operations = operations
        self.session = session or Session()

    async def run(
        self, text: str, *, limit: int | None = None, timeout: float | None = None
    ) -> AsyncGenerator[Result, None]:
        """Runs the statements of a text up to the first that fails.

        Args:
            text: statements, each with its semicolon; the last may lack it.
            limit: rows after which a query is ended.
            timeout: seconds after which a query is ended.
        """
        for number, piece in enumerate(pieces_of(text), 1):
            try:
                piece = replace(piece, text=self.session.substitute(piece.text))
                statement = parse_piece(piece)
                async for result in self._one(number, statement, piece.text, limit, timeout):
                    yield result
            except UndefinedVariable as error:
                yield Failure(number, PipelineError(str(error)), piece.text, piece.line, piece.column)
                return
            except KsqlSyntaxError as error:
                failed = PipelineError(f"This is not a ksqlDB statement: {error.message}")
                yield Failure(number, failed, piece.text, error.line, error.column)
                return
            except PipelineError as error:
                yield Failure(number, error, piece.text, piece.line, piece.column)
                return

    async def _one(
        self, number: int, statement: ast.Statement, text: str, limit: int | None, timeout: float | None
    ) -> AsyncGenerator[Result, None]:
        if isinstance(statement, ast.Print):
            async for result in self._print(number, text, limit, timeout):
                yield result
        elif isinstance(statement, ast.QueryStatement):
            async for result in self._query(number, statement, text, limit, timeout):
                yield result
        elif classify.effect(statement) is classify.Effect.SESSION and not isinstance(statement, ast.Assert):
            self.session = self.session.apply(statement)
            yield Note(number, "kept for this session")
        else:
            reads = classify.effect(statement) is not classify.Effect.CHANGES
            execute = self._ksqldb.execute if reads else self._operations.statement
            for entity in await execute(text, self.session.properties):
                yield Entity(number, entity)

    async def _query(
        self, number: int, statement: ast.QueryStatement, text: str, limit: int | None, timeout: float | None
    ) -> AsyncGenerator[Result, None]:
        push, left = classify.is_push(statement), limit
        async with self._ksqldb.stream(text, self.session.properties) as stream:
            yield Header(number, stream.header.names, stream.header.types, push)
            batches = stream.batches(_GATHER if push else 0.0)
            deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
            while left is None or left > 0:
                try:
                    async with asyncio.timeout_at(deadline):
                        rows = await anext(batches, None)
                except TimeoutError:
                    return
                if rows is None:
                    return
                rows = rows if left is None else rows[:left]
                left = None if left is None else left - len(rows)
                yield Rows(number, rows)

    async def _print(
        self, number: int, text: str, limit: int | None, timeout: float | None
    ) -> AsyncGenerator[Result, None]:
        yield Header(number, ("record",), ("STRING",), True)
        lines, count = self._ksqldb.print_topic(text), 0
        deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while limit is None or count < limit:
            try:
                async with asyncio.timeout_at(deadline):
                    line = await anext(lines, None)
            except TimeoutError:
                return
            if line is None:
                return
            count += line.startswith("rowtime:")
            yield Rows(number, [[line]])
