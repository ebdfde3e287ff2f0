"""ksqlDB's REST API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError, Refused, StatementError
from clickstream_pipeline.model import Query, Source

_QUEUED = 60.0  # seconds that a queued statement is waited for
_UNFINISHED = ("QUEUED", "PARSING", "EXECUTING", "RUNNING")
_STREAM = {"Accept": "application/vnd.ksqlapi.delimited.v1"}


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a row stream."""

    query_id: str
    names: tuple[str, ...]
    types: tuple[str, ...]


class RowStream:
    """An open query: its header, then rows until it ends or is closed."""

    def __init__(self, header: Header, lines: AsyncIterator[list[bytes]]) -> None:
        self.header = header
        self._lines = lines

    async def batches(self, gather: float = 0.0) -> AsyncGenerator[list[list[Any]], None]:
        """Rows as they come, those that came together in one list.

        Args:
            gather: seconds to wait between two lists, so that many rows a second do not come one by one.
        """
        async for lines in self._lines:
            rows: list[list[Any]] = []
            for line in lines:
                row = orjson.loads(line)
                if isinstance(row, list):
                    rows.append(row)
                elif isinstance(row, dict) and "message" in row:
                    if rows:
                        yield rows
                    raise PipelineError(f"The query ended with an error: {row['message']}")
            if rows:
                yield rows
                if gather:
                    await asyncio.sleep(gather)

    async def __aiter__(self) -> AsyncIterator[list[Any]]:
        async for rows in self.batches():
            for row in rows:
                yield row


async def _lines(response: httpx.Response) -> AsyncGenerator[list[bytes], None]:
    """The lines of an answer, those that came together in one list."""
    rest = b""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        found = [line for line in whole if line.strip()]
        if found:
            yield found
    if rest.strip():
        yield [rest]


async def _after(first: list[bytes], lines: AsyncGenerator[list[bytes], None]) -> AsyncGenerator[list[bytes], None]:
    """Some lines, then the others."""
    if first:
        yield first
    async for more in lines:
        yield more


class KsqlClient:
    """One ksqlDB server."""

    def __init__(
        self, url: str, transport: httpx.AsyncBaseTransport | None = None, access: Credentials | None = None
    ) -> None:
        self.http = HttpServer("ksqlDB", url, transport, access)

    async def close(self) -> None:
        await self.http.close()

    async def info(self) -> dict[str, Any]:
        return (await self.http.json("GET", "/info"))["KsqlServerInfo"]

    async def version(self) -> str:
        """The server's version."""
        return str((await self.info())["version"])

    async def execute(self, text: str, properties: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Runs statements by /ksql; never repeated. A statement that is still queued is waited for by its id.

        Raises StatementError, Refused or Unreachable.
        """
        body = {"ksql": text, "streamsProperties": properties or {}}
        try:
            response = await self.http.client.post("/ksql", json=body, timeout=60.0)
        except httpx.HTTPError as error:
            raise self.http.explained(error) from error
        return [await self._finished(entity) for entity in self._answer(response, text)]

    async def _finished(self, entity: dict[str, Any]) -> dict[str, Any]:
        """The answer once its command has been done: the server queues statements that change something.

        Raises StatementError where it ended in an error, PipelineError where it was not done in time.
        """
        deadline = asyncio.get_running_loop().time() + _QUEUED
        while (status := (entity.get("commandStatus") or {}).get("status")) in _UNFINISHED and entity.get("commandId"):
            if asyncio.get_running_loop().time() > deadline:
                raise PipelineError(
                    f"ksqlDB at {self.http.url} has queued the statement and not run it within {_QUEUED:.0f} s",
                    hint=f"See how it goes on: GET {self.http.url}/status/{entity['commandId']}",
                )
            await asyncio.sleep(0.2)
            found = await self.http.json("GET", f"/status/{quote(str(entity['commandId']), safe='/')}")
            entity = {**entity, "commandStatus": found}
        if status == "ERROR":
            raise StatementError(str(entity["commandStatus"].get("message")), code=50000,
                                 statement=str(entity.get("statementText", "")), status=200)  # fmt: skip
        return entity

    def _answer(self, response: httpx.Response, text: str) -> list[dict[str, Any]]:
        try:
            answer = response.json()
        except ValueError as error:
            raise Refused(f"ksqlDB at {self.http.url} answered with something that is not JSON") from error
        if response.is_error:
            raise statement_error(answer, text, response.status_code)
        return answer

    async def sources(self) -> tuple[Source, ...]:
        answers = await self.execute("SHOW STREAMS; SHOW TABLES;")
        entries = [entry for answer in answers for entry in answer.get("streams", answer.get("tables", []))]
        return tuple(
            Source(
                e["name"],
                e["type"],
                e["topic"],
                e.get("keyFormat", ""),
                e.get("valueFormat", ""),
                bool(e.get("isWindowed")),
            )
            for e in sorted(entries, key=lambda e: e["name"])
        )

    async def queries(self) -> tuple[Query, ...]:
        answer = (await self.execute("SHOW QUERIES;"))[0]
        return tuple(
            Query(
                q["id"],
                q.get("queryType", ""),
                q.get("state") or "",
                tuple(q.get("sinks", ())),
                q.get("queryString", ""),
            )
            for q in sorted(answer["queries"], key=lambda q: q["id"])
        )

    async def query_error(self, query_id: str) -> str:
        """The latest error of a persistent query as EXPLAIN lists it (`queryErrors`), "" where it lists none."""
        answer = (await self.execute(f"EXPLAIN {query_id};"))[0]
        errors = (answer.get("queryDescription") or {}).get("queryErrors") or [{}]
        return str(errors[-1].get("errorMessage") or "")

    @asynccontextmanager
    async def stream(self, text: str, properties: dict[str, str] | None = None) -> AsyncGenerator[RowStream, None]:
        """A push or pull query as an open stream; leaving the context closes it on the server too.

        Raises StatementError, Refused or Unreachable.
        """
        body = {"sql": text, "properties": properties or {}}
        limits = httpx.Timeout(10.0, read=None)
        header: Header | None = None
        try:
            async with self.http.client.stream(
                "POST", "/query-stream", json=body, headers=_STREAM, timeout=limits
            ) as response:
                if response.is_error:
                    await response.aread()
                    self._answer(response, text)
                lines = _lines(response)
                first, *more = await anext(lines)
                head = orjson.loads(first)
                header = Header(head.get("queryId") or "", tuple(head["columnNames"]), tuple(head["columnTypes"]))
                yield RowStream(header, _after(more, lines))
        except httpx.HTTPError as error:
            raise self.http.explained(error) from error
        finally:
            if header is not None and header.query_id.startswith("transient"):
                await self.close_query(header.query_id)

    async def rows(self, text: str) -> list[list[Any]]:
        """All rows of a pull query. Raises StatementError, Refused or Unreachable."""
        async with self.stream(text) as stream:
            return [row async for row in stream]

    async def table(self, name: str) -> tuple[tuple[str, ...], list[list[Any]]]:
        """(column names, rows) of a table, by a pull query. Raises as `rows` does."""
        async with self.stream(f"SELECT * FROM {name};") as stream:
            return stream.header.names, [row async for row in stream]

    async def close_query(self, query_id: str) -> bool:
        """Ends a push query on the server; False where it had ended already."""
        try:
            response = await self.http.client.post("/close-query", json={"queryId": query_id}, timeout=5.0)
        except httpx.HTTPError:
            return False
        return response.is_success

    async def print_topic(self, text: str) -> AsyncIterator[str]:
        """The lines of a PRINT statement."""
        try:
            async with self.http.client.stream(
                "POST", "/query", json={"ksql": text}, timeout=httpx.Timeout(10.0, read=None)
            ) as response:
                if response.is_error:
                    await response.aread()
                    self._answer(response, text)
                async for line in response.aiter_lines():
                    if line.strip():
                        yield line
        except httpx.HTTPError as error:
            raise self.http.explained(error) from error


def statement_error(answer: Any, text: str, status: int) -> StatementError:
    """The error of a /ksql or query answer."""
    if not isinstance(answer, dict):
        return StatementError(
            f"ksqlDB refused the statement with status {status}", code=status * 100, statement=text, status=status
        )
    statement = str(answer.get("statementText") or text)
    return StatementError(
        str(answer.get("message")), code=int(answer.get("error_code", 0)), statement=statement, status=status
    )
