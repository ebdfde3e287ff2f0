"""ksqlDB's REST API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import orjson
from confluent_kafka import KafkaException
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from clickstream_embedded.ksqldb.api import connectors, entities
from clickstream_embedded.ksqldb.api import variables as variables_of
from clickstream_embedded.ksqldb.api.inserts import Inserts, acknowledgements, array, delimited, lines_of, read_out
from clickstream_embedded.ksqldb.api.refusals import failure, json_answer
from clickstream_embedded.ksqldb.api.statements import Statements
from clickstream_embedded.ksqldb.api.streaming import Rows, RowWriter, print_topic, run_query
from clickstream_embedded.ksqldb.api.termination import Terminated, topic_patterns
from clickstream_embedded.ksqldb.api.variables import known, substitute
from clickstream_embedded.ksqldb.engine import SERVICE_ID, TERMINATE, Engine
from clickstream_embedded.ksqldb.errors import BadRequest, CatchUpTimeout, KsqlError, NotReady, WrongEndpoint
from clickstream_ksql import ast, classify
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import Parsed, parse

log = logging.getLogger("ksqldb")
_DELIMITED = "application/vnd.ksqlapi.delimited.v1"
_PATIENCE = 10.0  # seconds that a statement waits for the server to be ready
_CATCH_UP = 5.0  # and for the command it is to run behind: `ksql.server.command.response.timeout.ms`
_NO_ROW_ENDPOINT = (
    "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT"
)


class _BothWays(StreamingResponse):
    """An answer that is written while the request is still read: nothing else may listen to the client meanwhile."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)


class Api:
    """The endpoints over one engine."""

    def __init__(self, engine: Engine, connect: connectors.ConnectForwarder) -> None:
        self._engine = engine
        self._statements = Statements(engine, connect)
        self._started = asyncio.Event()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.root),
            Route("/info", self.info),
            Route("/healthcheck", self.healthcheck),
            Route("/status", self.status),
            Route("/status/{path:path}", self.status_of),
            Route("/is_valid_property/{name}", self.valid_property),
            Route("/heartbeat", self.heartbeat, methods=["POST"]),
            Route("/lag", self.lag, methods=["POST"]),
            Route("/clusterStatus", self.cluster_status),
            Route("/v1/metadata", self.metadata),
            Route("/v1/metadata/id", self.metadata_id),
            Route("/ksql", self.ksql, methods=["POST"]),
            Route("/ksql/terminate", self.terminate, methods=["POST"]),
            Route("/query", self.query, methods=["POST"]),
            Route("/query-stream", self.query_stream, methods=["POST"]),
            Route("/close-query", self.close_query, methods=["POST"]),
            Route("/inserts-stream", self.inserts_stream, methods=["POST"]),
            WebSocketRoute("/ws/query", self.websocket_query),
        ]

    @property
    def ready(self) -> bool:
        """Whether the command log has been replayed."""
        return self._started.is_set()

    def set_ready(self) -> None:
        self._started.set()

    async def _until_ready(self) -> None:
        """Statements wait for those that were run before them. Raises NotReady."""
        try:
            await asyncio.wait_for(self._started.wait(), _PATIENCE)
        except TimeoutError:
            raise NotReady("KSQL is not yet ready to serve requests.") from None
        if self._engine.refusal is not None:
            raise self._engine.refusal

    # -- information -------------------------------------------------------------------------------------------

    async def root(self, _: Request) -> Response:
        return Response(status_code=307, headers={"location": "/info"})

    async def info(self, _: Request) -> Response:
        cluster = await asyncio.to_thread(self._engine.kafka.cluster_id)
        state = "RUNNING" if self.ready else "PRECONDITION_CHECKING"
        return json_answer({"KsqlServerInfo": {"version": entities.VERSION, "kafkaClusterId": cluster,
                                         "ksqlServiceId": SERVICE_ID, "serverStatus": state}})  # fmt: skip

    async def healthcheck(self, _: Request) -> Response:
        try:
            await asyncio.to_thread(self._engine.kafka.topics)
            kafka = True
        except KafkaException:
            kafka = False
        healthy = kafka and self.ready
        details = {
            "metastore": {"isHealthy": True},
            "kafka": {"isHealthy": kafka},
            "commandRunner": {"isHealthy": self.ready},
        }
        return json_answer({"isHealthy": healthy, "details": details, "serverState": "READY" if self.ready else "NOT_READY"},
                     200 if healthy else 503)  # fmt: skip

    async def status(self, _: Request) -> Response:
        return json_answer({"commandStatuses": self._engine.statuses.all()})

    async def status_of(self, request: Request) -> Response:
        found = self._engine.statuses.get(request.path_params["path"])
        if found is None:
            return json_answer({"@type": "generic_error", "error_code": 40400, "message": "Command not found"}, 404)
        return json_answer({"status": found, "message": "", "queryId": None})

    async def valid_property(self, _: Request) -> Response:
        return json_answer(True)

    async def heartbeat(self, _: Request) -> Response:
        """`ksql.heartbeat.enable` and `ksql.lag.reporting.enable` are off, as they are by default: no such resource."""
        return Response(b"", 404, media_type="application/json")

    lag = cluster_status = heartbeat

    async def _scope(self) -> dict[str, Any]:
        cluster = await asyncio.to_thread(self._engine.kafka.cluster_id)
        return {"scope": {"path": [], "clusters": {"kafka-cluster": cluster, "ksql-cluster": SERVICE_ID}}, "id": ""}

    async def metadata(self, _: Request) -> Response:
        return json_answer({"version": entities.VERSION, "clusterId": await self._scope()})

    async def metadata_id(self, _: Request) -> Response:
        return json_answer(await self._scope())

    # -- statements --------------------------------------------------------------------------------------------

    async def _body(self, request: Request) -> dict[str, Any]:
        raw = await request.body()
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"Invalid JSON in request: {error}") from None
        if not isinstance(body, dict):
            raise BadRequest("Invalid JSON in request: expected an object")
        for name in ("streamsProperties", "properties", "sessionVariables"):
            if not isinstance(body.get(name), dict | None):
                raise BadRequest(f"Invalid JSON in request: {name} must be an object")
        return body

    async def _caught_up(self, body: dict[str, Any]) -> None:
        """Waits for the command that the request names. Raises BadRequest, CatchUpTimeout."""
        number = body.get("commandSequenceNumber")
        if number is None:
            return
        if type(number) is not int:
            raise BadRequest("Invalid JSON in request: commandSequenceNumber must be a whole number")
        if not await asyncio.to_thread(self._engine.caught_up, number, _CATCH_UP):
            raise CatchUpTimeout(
                f"Timed out while waiting for a previous command to execute. command sequence number: {number}"
            )

    async def ksql(self, request: Request) -> Response:
        done: list[Any] = []
        text = ""
        try:
            await self._until_ready()
            body = await self._body(request)
            await self._caught_up(body)
            text = str(body.get("ksql") or "")
            properties = dict(body.get("streamsProperties") or {})
            given = body.get("sessionVariables") or {}
            statements = list(variables_of.statements(text, known(given)))
            for parsed in statements:
                if classify.streams_rows(parsed.statement):
                    raise WrongEndpoint(_NO_ROW_ENDPOINT, parsed.text)
            if len(statements) > 1:
                await asyncio.to_thread(self._statements.validate, statements, dict(properties))
            for place, parsed in enumerate(statements):
                text = parsed.text
                if isinstance(parsed.statement, ast.Show) and parsed.statement.what == "VARIABLES":
                    entity = variables_of.entity(text, given, statements[:place])
                else:
                    entity = await self._statements.run(parsed, properties)
                if entity is not None:
                    done.append(entity)
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            return failure(error, text, done)
        return json_answer(done)

    async def terminate(self, request: Request) -> Response:
        """Ends all queries, deletes what is asked for, and refuses what comes later."""
        try:
            await self._until_ready()
            patterns = topic_patterns(await self._body(request))
            result = await asyncio.to_thread(self._engine.terminate, patterns)
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            return failure(error, TERMINATE, [])
        # as the real server answers: whoever reads the command ends with it, so that it is never told to have succeeded
        return json_answer([entities.command_status(result, "QUEUED")])

    # -- rows --------------------------------------------------------------------------------------------------

    async def _rows(self, request: Request, *, old: bool) -> Response:
        text = ""
        try:
            await self._until_ready()
            body = await self._body(request)
            await self._caught_up(body)
            text = str(body.get("ksql") or body.get("sql") or "")
            properties = dict(body.get("streamsProperties") or body.get("properties") or {})
            statements = self._parse_query(substitute(text, known(body.get("sessionVariables") or {})))
            statement = statements[0].statement
            if isinstance(statement, ast.Print):
                return StreamingResponse(await print_topic(self._engine, statement), media_type="application/json")
            assert isinstance(statement, ast.QueryStatement)
            rows = await run_query(self._engine, statement.query, properties)
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            return failure(error, text, [])
        accept = request.headers.get("accept", "")
        if old or "vnd.ksql.v1" in accept:
            return StreamingResponse(_old_rows(rows), media_type="application/vnd.ksql.v1+json")
        if "application/json" in accept:
            return StreamingResponse(_array_rows(rows), media_type="application/json")
        return StreamingResponse(_delimited_rows(rows), media_type=_DELIMITED)

    @staticmethod
    def _parse_query(text: str) -> list[Parsed]:
        try:
            statements = parse(text)
        except KsqlSyntaxError as error:
            raise KsqlError(f"{error.message}\nStatement: {text}") from None
        if len(statements) != 1:
            raise BadRequest(f"Expected exactly one KSQL statement; found {len(statements)} instead")
        if not classify.streams_rows(statements[0].statement):
            raise KsqlError(f"Neither a query nor a print statement\nStatement: {text}")
        return statements

    async def query(self, request: Request) -> Response:
        return await self._rows(request, old=True)

    async def query_stream(self, request: Request) -> Response:
        return await self._rows(request, old=False)

    async def close_query(self, request: Request) -> Response:
        try:
            body = await self._body(request)
        except BadRequest as error:
            return failure(error, "", [])
        query_id = str(body.get("queryId") or "")
        if await asyncio.to_thread(self._engine.end_push, query_id):
            return Response(status_code=200)
        return json_answer(
            {"@type": "generic_error", "error_code": 40000, "message": f"No query with id {query_id}"}, 400
        )

    async def inserts_stream(self, request: Request) -> Response:
        lines = lines_of(request.stream())
        try:
            await self._until_ready()
            head = orjson.loads(await anext(lines))
            inserts = await asyncio.to_thread(Inserts, self._engine, str(head["target"]))
        except (StopAsyncIteration, orjson.JSONDecodeError, KeyError, TypeError):
            await read_out(lines)
            return failure(BadRequest("The first line of /inserts-stream names the target"), "", [])
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            await read_out(lines)
            return failure(error, "", [])
        answers = acknowledgements(inserts, lines)
        if "application/json" in request.headers.get("accept", ""):
            return _BothWays(array(answers), media_type="application/json")
        return _BothWays(delimited(answers), media_type=_DELIMITED)

    async def websocket_query(self, socket: WebSocket) -> None:
        """`/ws/query`: the schema, then a message a row."""
        await socket.accept()
        try:
            await self._until_ready()
            body = orjson.loads(socket.query_params.get("request") or b"{}")
            text = substitute(str(body.get("ksql") or ""), known(body.get("sessionVariables") or {}))
            statement = self._parse_query(text)[0].statement
            if not isinstance(statement, ast.QueryStatement):
                raise KsqlError("This endpoint takes queries only")
            rows = await run_query(self._engine, statement.query, dict(body.get("streamsProperties") or {}))
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            await socket.close(1011, str(getattr(error, "message", error))[:120])
            return
        writer = RowWriter(rows.columns)
        shown = [{"name": column.name, "schema": entities.type_schema(column.type)} for column in rows.columns]
        leaving = asyncio.create_task(self._end_when_gone(socket, rows.query_id))
        try:
            await socket.send_text(orjson.dumps(shown).decode())
            async for batch in rows.batches:
                for row, tombstone in batch:
                    end = ',"tombstone":true}}' if tombstone else "}}"
                    await socket.send_text('{"row":{"columns":' + writer.write(row).decode() + end)
            await socket.close(1000, rows.final_message or "done")
        except (WebSocketDisconnect, RuntimeError):
            await asyncio.to_thread(self._engine.end_push, rows.query_id)
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)

    async def _end_when_gone(self, socket: WebSocket, query_id: str) -> None:
        """Ends the query when its client leaves, also while no row comes."""
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
        await asyncio.to_thread(self._engine.end_push, query_id)


async def _old_rows(rows: Rows) -> AsyncIterator[bytes]:
    writer = RowWriter(rows.columns)
    yield b"[" + orjson.dumps({"header": {"queryId": rows.query_id, "schema": rows.schema_text}})
    async for batch in rows.batches:
        for row, tombstone in batch:
            yield b',\n{"row":{"columns":' + writer.write(row) + (b',"tombstone":true}}' if tombstone else b"}}")
    if rows.final_message:
        yield b",\n" + orjson.dumps({"finalMessage": rows.final_message})
    yield b"]"


def _header(rows: Rows) -> bytes:
    return orjson.dumps({
        "queryId": rows.query_id, "columnNames": [c.name for c in rows.columns],
        "columnTypes": [str(c.type) for c in rows.columns],
    })  # fmt: skip


async def _delimited_rows(rows: Rows) -> AsyncIterator[bytes]:
    writer = RowWriter(rows.columns)
    yield _header(rows) + b"\n"
    async for batch in rows.batches:
        yield b"".join(writer.write(row) + b"\n" for row, tombstone in batch if not tombstone)


async def _array_rows(rows: Rows) -> AsyncIterator[bytes]:
    writer = RowWriter(rows.columns)
    yield b"[" + _header(rows)
    async for batch in rows.batches:
        yield b"".join(b"," + writer.write(row) for row, tombstone in batch if not tombstone)
    yield b"]"


def application(api: Api, engine: Engine) -> Starlette:
    """The ASGI application over one engine; unknown paths get ksqlDB's own 404."""

    async def not_found(_: Request, __: Exception) -> Response:
        return Response(b"", 404, media_type="application/json")

    middleware = [Middleware(Terminated, engine=engine)]
    return Starlette(routes=api.routes(), middleware=middleware, exception_handlers={404: not_found})
