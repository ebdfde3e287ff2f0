"""ksqlDB's REST API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from clickstream_pipeline.clients.http import HttpServer
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError, Refused, StatementError
from clickstream_pipeline.model import Query, Source

_STREAM = {"Accept": "application/vnd.ksqlapi.delimited.v1"}


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a row stream."""

    query_id: str
    names: tuple[str, ...]
    types: tuple[str, ...]


class RowStream:
    """An open query: its header, then rows until it ends or is closed."""

    def __init__(self, header: Header, lines: AsyncIterator[str]) -> None:
        self.header = header
        self._lines = lines

    async def __aiter__(self) -> AsyncIterator[list[Any]]:
        async for line in self._lines:
            if not line.strip():
                continue
            row = orjson.loads(line)
            if isinstance(row, list):
                yield row
            elif isinstance(row, dict) and "message" in row:
                raise PipelineError(f"The query ended with an error: {row['message']}")


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
        """Runs statements by /ksql; never repeated. Raises StatementError, Refused or Unreachable."""
        body = {"ksql": text, "streamsProperties": properties or {}}
        try:
            response = await self.http.client.post("/ksql", json=body, timeout=60.0)
        except httpx.HTTPError as error:
            raise self.http.explained(error) from error
        return self._answer(response, text)

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
                lines = response.aiter_lines()
                first = orjson.loads(await anext(lines))
                header = Header(first.get("queryId") or "", tuple(first["columnNames"]), tuple(first["columnTypes"]))
                yield RowStream(header, lines)
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
