"""Kafka Connect's REST API, version 3.9."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickstream_embedded.connect import plugins, transforms
from clickstream_embedded.connect.worker import Refused, Worker, task_config

log = logging.getLogger("connect")
VERSION = "3.9.1"


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"error_code": status, "message": message}, status)


async def _body(request: Request) -> Any:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise Refused(500, f"Unexpected character in the request body: {error}") from None


Handler = Callable[[Request], Awaitable[Response]]


# KIP-495: what is logged how much; the levels are those of log4j
LOGGERS = {"root": logging.getLogger(), "connect": logging.getLogger("connect"), "http": logging.getLogger("http")}
LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50, "OFF": 60}


def level_of(name: str) -> dict[str, Any]:
    """A logger as the REST API shows it."""
    number = LOGGERS[name].getEffectiveLevel()
    return {"level": next((level for level, value in LEVELS.items() if value >= number), "OFF"), "last_modified": None}


def application(  # noqa: C901 - a table of small handlers over one worker
    worker: Worker, cluster_id: Callable[[], Awaitable[str]]
) -> Starlette:
    """The ASGI application of one worker."""

    def guarded(handler: Handler) -> Handler:
        async def run(request: Request) -> Response:
            try:
                await worker.ready()
                return await handler(request)
            except Refused as refused:
                return _error(refused.status, refused.message)

        return run

    def name_of(request: Request) -> str:
        return str(request.path_params["name"])

    async def root(_: Request) -> Response:
        return _json({"version": VERSION, "commit": "embedded", "kafka_cluster_id": await cluster_id()})

    async def health(_: Request) -> Response:  # KIP-1017; before the worker is ready, too
        if worker.is_ready:
            return _json(
                {"status": "healthy", "message": "Worker has completed startup and is ready to handle requests."}
            )
        return _json({"status": "starting", "message": "Worker is still starting up."}, 503)

    async def list_connectors(request: Request) -> Response:
        wanted = request.query_params.getlist("expand")
        if not wanted:
            return _json(list(worker.connectors))
        shown: dict[str, Any] = {}
        for name, connector in worker.connectors.items():
            entry: dict[str, Any] = {}
            if "status" in wanted:
                entry["status"] = worker.status(connector)
            if "info" in wanted:
                entry["info"] = worker.info(connector)
            shown[name] = entry
        return _json(shown)

    async def create(request: Request) -> Response:
        body = await _body(request)
        if not isinstance(body, dict) or not isinstance(body.get("config"), dict):
            raise Refused(500, 'Cannot invoke "java.util.Map.get(Object)" because "connectorConfig" is null')
        name = str(body.get("name") or body["config"].get("name") or "")
        target = str(body.get("initial_state") or "RUNNING")
        connector, _ = await worker.put(name, body["config"], replace=False, target=target)
        return _json(worker.info(connector, new=True), 201)

    async def get(request: Request) -> Response:
        return _json(worker.info(worker.get(name_of(request))))

    async def config(request: Request) -> Response:
        if request.method == "PUT":
            connector, new = await worker.put(name_of(request), await _body(request), replace=True)
            return _json(worker.info(connector), 201 if new else 200)
        return _json(worker.get(name_of(request)).config)

    async def status(request: Request) -> Response:
        return _json(worker.status(worker.get(name_of(request), "No status found for connector {}")))

    async def tasks(request: Request) -> Response:
        connector = worker.get(name_of(request))
        shown = [{"id": {"connector": connector.name, "task": 0}, "config": task_config(connector.config)}]
        return _json([] if connector.target == "STOPPED" else shown)

    async def task_status(request: Request) -> Response:
        return _json(worker.task_status(worker.task(name_of(request), int(request.path_params["task"]))))

    async def restart_task(request: Request) -> Response:
        worker.task(name_of(request), int(request.path_params["task"]))
        await worker.restart(name_of(request))
        return Response(status_code=204)

    async def restart(request: Request) -> Response:
        name, query = name_of(request), request.query_params
        await worker.restart(name, only_failed=query.get("onlyFailed") == "true")
        if query.get("includeTasks") != "true":
            return Response(status_code=204)
        shown = worker.status(worker.get(name))
        shown["connector"]["state"] = "RESTARTING"
        for task in shown["tasks"]:
            task["state"] = "RESTARTING"
        return _json(shown, 202)

    def aiming(target: str, code: int) -> Handler:
        async def aim(request: Request) -> Response:
            await worker.aim(name_of(request), target)
            return Response(status_code=code)

        return aim

    async def delete(request: Request) -> Response:
        await worker.delete(name_of(request))
        return Response(status_code=204)

    async def topics(request: Request) -> Response:
        connector = worker.get(name_of(request))
        return _json({connector.name: {"topics": connector.topics}})

    async def offsets(request: Request) -> Response:
        name = name_of(request)
        if request.method == "DELETE":
            await worker.reset_offsets(name)
        elif request.method == "PATCH":
            body = await _body(request)
            await worker.alter_offsets(name, body.get("offsets") if isinstance(body, dict) else None)
        else:
            return _json({"offsets": await worker.offsets(name)})
        done = "reset" if request.method == "DELETE" else "altered"
        return _json({"message": f"The Connect framework-managed offsets for this connector have been {done} "
                                 "successfully. However, if this connector manages offsets externally, they will "
                                 f"need to be manually {done} in the system that the connector uses."})  # fmt: skip

    async def list_plugins(request: Request) -> Response:
        shown = [{"class": p.class_name, "type": p.type, "version": p.version} for p in plugins.PLUGINS.values()]
        if request.query_params.get("connectorsOnly") == "false":
            shown += [{"class": name, "type": "transformation", "version": "3.9.1"} for name in transforms.CLASSES]
        return _json(shown)

    async def validate(request: Request) -> Response:
        plugin = plugins.find(name_of(request))
        if plugin is None:
            raise Refused(404, f"Unknown connector plugin {name_of(request)}")
        given = {key: str(value) for key, value in (await _body(request)).items()}
        found = plugins.errors(plugin, given)
        configs = [
            {
                "definition": {
                    "name": s.name, "type": s.kind, "required": s.required, "default_value": s.default,
                    "importance": "HIGH" if s.required else "MEDIUM", "documentation": s.documentation,
                    "group": "Common", "width": "MEDIUM", "display_name": s.name, "dependents": [], "order": i + 1,
                },
                "value": {"name": s.name, "value": given.get(s.name, s.default), "recommended_values": [],
                          "errors": found.get(s.name, []), "visible": True},
            }
            for i, s in enumerate(plugin.settings)
        ]  # fmt: skip
        return _json({"name": plugin.class_name, "error_count": len(found), "groups": ["Common"], "configs": configs})

    async def loggers(_: Request) -> Response:
        return _json({name: level_of(name) for name in LOGGERS})

    async def logger(request: Request) -> Response:
        name = request.path_params["logger"]
        if name not in LOGGERS:
            return _error(404, f"Logger {name} not found.")
        if request.method == "PUT":
            level = str((await _body(request)).get("level", "")).upper()
            if level not in LEVELS:
                return _error(404, f"invalid log level '{level}'.")
            LOGGERS[name].setLevel(LEVELS[level])
            return _json([name])
        return _json(level_of(name))

    base = "/connectors/{name}"
    table: list[tuple[str, Handler, list[str]]] = [
        ("/", root, ["GET"]),
        ("/connectors", list_connectors, ["GET"]),
        ("/connectors", create, ["POST"]),
        (base, get, ["GET"]),
        (base, delete, ["DELETE"]),
        (f"{base}/config", config, ["GET", "PUT"]),
        (f"{base}/status", status, ["GET"]),
        (f"{base}/tasks", tasks, ["GET"]),
        (base + "/tasks/{task:int}/status", task_status, ["GET"]),
        (base + "/tasks/{task:int}/restart", restart_task, ["POST"]),
        (f"{base}/restart", restart, ["POST"]),
        (f"{base}/pause", aiming("PAUSED", 202), ["PUT"]),
        (f"{base}/resume", aiming("RUNNING", 202), ["PUT"]),
        (f"{base}/stop", aiming("STOPPED", 204), ["PUT"]),
        (f"{base}/topics", topics, ["GET"]),
        (f"{base}/offsets", offsets, ["GET", "PATCH", "DELETE"]),
        ("/connector-plugins", list_plugins, ["GET"]),
        ("/connector-plugins/{name}/config/validate", validate, ["PUT"]),
        ("/admin/loggers", loggers, ["GET"]),
        ("/admin/loggers/{logger}", logger, ["GET", "PUT"]),
    ]

    async def failed(_: Request, error: Exception) -> Response:
        status = int(getattr(error, "status_code", 500))
        return _error(status, f"HTTP {status} {'Not Found' if status == 404 else 'Method Not Allowed'}")

    routes = [Route(path, guarded(handler), methods=methods) for path, handler, methods in table]
    routes.append(Route("/health", health, methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={404: failed, 405: failed})
