"""`/connectors`: what there is, what it does, and changes to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from clickstream_embedded.connect.rest.java_json import (
    Body,
    Node,
    entity,
    guard_strings,
    mismatch,
    objects,
    strings,
    text_of,
)
from clickstream_embedded.connect.rest.router import Router, first_of, json_response
from clickstream_embedded.connect.worker import connectors, offset_requests
from clickstream_embedded.connect.worker.herder import Herder
from clickstream_embedded.connect.worker.refusal import RequestRefused

_ENTITIES = "org.apache.kafka.connect.runtime.rest.entities."
_CREATE = f"{_ENTITIES}CreateConnectorRequest"
_CONFIG = f'{_CREATE}["config"]'
_OFFSETS = f'{_ENTITIES}ConnectorOffsets["offsets"]'
_MAP = "java.util.Map"
_NO_CONFIG = 'Cannot invoke "java.util.Map.get(Object)" because "connectorConfig" is null'
_TASK = "java.util.LinkedHashMap<java.lang.String,java.lang.String>"
_TASKS = "java.util.ArrayList<java.util.Map<java.lang.String,java.lang.String>>"
_NOT_SIGNED = "Internal request missing required signature"
Config = dict[str, str | None]


def routes(router: Router, herder: Herder) -> None:
    """Adds the routes of connectors, tasks, topics and offsets."""
    api = ConnectorRequests(herder)
    router.add("GET", "/connectors", api.listed)
    router.add("POST", "/connectors", api.create)
    one = "/connectors/{name}"
    router.add("GET", one, api.info)
    router.add("DELETE", one, api.delete)
    router.add("GET", f"{one}/config", api.config)
    router.add("PUT", f"{one}/config", api.put_config)
    router.add("PATCH", f"{one}/config", api.patch_config)
    router.add("GET", f"{one}/status", api.status)
    router.add("POST", f"{one}/restart", api.restart)
    for verb, target, code in (("pause", "PAUSED", 202), ("resume", "RUNNING", 202), ("stop", "STOPPED", 204)):
        router.add("PUT", f"{one}/{verb}", _aiming(herder, target, code))
    router.add("GET", f"{one}/tasks", api.tasks)
    router.add("POST", f"{one}/tasks", api.put_tasks)
    router.add("PUT", f"{one}/fence", api.fence)
    router.add("GET", f"{one}/tasks-config", api.tasks_config)
    router.add("GET", one + "/tasks/{task}/status", api.task_status)
    router.add("POST", one + "/tasks/{task}/restart", api.restart_task)
    router.add("GET", f"{one}/topics", api.topics)
    router.add("PUT", f"{one}/topics/reset", api.reset_topics)
    router.add("GET", f"{one}/offsets", api.offsets)
    router.add("PATCH", f"{one}/offsets", api.alter_offsets)
    router.add("DELETE", f"{one}/offsets", api.reset_offsets)


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _aiming(herder: Herder, target: str, code: int) -> Any:
    async def aim(request: Request) -> Response:
        await herder.aim(_name(request), target)
        return Response(status_code=code)

    return aim


def _flag(request: Request, name: str) -> bool:
    return first_of(request, name).lower() == "true"


def named(name: str, config: Config) -> Config:
    """The configuration with the connector's name. Raises RequestRefused where it has another."""
    included = config.get("name")
    if included is not None and included != name:
        raise RequestRefused(
            400, f"Connector name configuration ({included}) doesn't match connector name in the URL ({name})"
        )
    return {**config, "name": name}


async def config_of(request: Request, missing: str = _NO_CONFIG) -> Config:
    """The body as a configuration. Raises RequestRefused."""
    body = Body(await request.body())
    node = body.parsed(guard_strings)
    if node is None:
        raise RequestRefused(500, missing)
    found = strings(body, node)
    body.check_end(node, _MAP)
    return found


class ConnectorRequests:
    """One handler a request."""

    def __init__(self, herder: Herder) -> None:
        self._herder = herder

    async def listed(self, request: Request) -> Response:
        wanted = request.query_params.getlist("expand")
        if "expand" not in request.query_params:
            return json_response(self._herder.names)
        shown: dict[str, Any] = {}
        for name, connector in list(self._herder.connectors.items()):
            entry: dict[str, Any] = {}
            if "status" in wanted:
                entry["status"] = connectors.status(connector, self._herder.worker_id)
            if "info" in wanted:
                entry["info"] = connectors.info(connector)
            shown[name] = entry
        return json_response(shown)

    async def create(self, request: Request) -> Response:
        body = Body(await request.body())
        node = body.parsed(_guard_creation, _way_of_creation)
        if node is None:
            why = f'Cannot invoke "{_CREATE}.name()" because "createRequest" is null'
            raise RequestRefused(500, why)
        given = _create_request(body, node)
        target = _initial_state(body, given.get("initial_state"))
        name = (_scalar(body, given.get("name"), f'{_CREATE}["name"]') or "").strip()
        config_node = given.get("config")
        listed = None if config_node is None or config_node.kind == "null" else strings(body, config_node, _CONFIG)
        body.check_end(node, _CREATE)
        if listed is None:
            raise RequestRefused(500, _NO_CONFIG)
        config = named(name, listed)
        connector, _ = await self._herder.put(name, config, replace=False, target=target)
        return json_response(connectors.info(connector, []), 201, _location(request, name))

    async def info(self, request: Request) -> Response:
        return json_response(connectors.info(self._herder.get(_name(request))))

    async def delete(self, request: Request) -> Response:
        await self._herder.delete(_name(request))
        return Response(status_code=204)

    async def config(self, request: Request) -> Response:
        return json_response(self._herder.get(_name(request)).shown())

    async def put_config(self, request: Request) -> Response:
        name = _name(request)
        before = self._tasks_of(name)
        connector, new = await self._herder.put(name, named(name, await config_of(request)), replace=True)
        shown = connectors.info(connector, before)
        return json_response(shown, 201, _location(request, name)) if new else json_response(shown)

    async def patch_config(self, request: Request) -> Response:
        """Changes some settings; null takes one away (KIP-477)."""
        name = _name(request)
        body = Body(await request.body())
        node = body.parsed(guard_strings)
        patch = None if node is None else strings(body, node)
        if node is not None:
            body.check_end(node, _MAP)
        known, before = self._herder.get(name).shown(), self._tasks_of(name)
        if patch is None:
            why = 'Cannot invoke "java.util.Map.forEach(java.util.function.BiConsumer)" because "patch" is null'
            raise RequestRefused(500, why)
        config: Config = {key: value for key, value in {**known, **patch}.items() if patch.get(key, "") is not None}
        connector, _ = await self._herder.put(name, config, replace=True)
        return json_response(connectors.info(connector, before))

    def _tasks_of(self, name: str) -> list[dict[str, Any]]:
        known = self._herder.connectors.get(name)
        return [] if known is None else connectors.task_ids(known)

    async def status(self, request: Request) -> Response:
        connector = self._herder.get(_name(request), "No status found for connector {}")
        return json_response(connectors.status(connector, self._herder.worker_id))

    async def restart(self, request: Request) -> Response:
        tasks, only_failed = _flag(request, "includeTasks"), _flag(request, "onlyFailed")
        shown = await self._herder.restart(_name(request), tasks=tasks, only_failed=only_failed)
        return json_response(shown, 202) if tasks or only_failed else Response(status_code=204)

    async def tasks(self, request: Request) -> Response:
        connector = self._herder.get(_name(request))
        return json_response([
            {"id": {"connector": connector.name, "task": each.number}, "config": connector.shown(each.config)} for each in connector.tasks
        ])  # fmt: skip

    async def put_tasks(self, request: Request) -> Response:
        """What workers of a cluster send one another; nobody else has the key to sign it (KIP-507)."""
        body = Body(await request.body())
        node = body.parsed(_guard_tasks)
        if node is None and not body.text.strip():
            raise RequestRefused(500, f"No content to map due to end-of-input\n at {body.at(-1)}")
        raise RequestRefused(400, _NOT_SIGNED)

    async def fence(self, _: Request) -> Response:
        raise RequestRefused(400, _NOT_SIGNED)

    async def tasks_config(self, request: Request) -> Response:
        connector = self._herder.get(_name(request))
        return json_response(
            {f"{connector.name}-{each.number}": connector.shown(each.config) for each in connector.tasks}
        )

    async def task_status(self, request: Request) -> Response:
        name, number = _name(request), _number(request)
        _, task = self._herder.task(name, number, f"No status found for task {name}-{number}")
        return json_response(connectors.task_status(task, self._herder.worker_id))

    async def restart_task(self, request: Request) -> Response:
        name, number = _name(request), _number(request)
        self._herder.get(name, "Unknown connector: {}")
        connector, task = self._herder.task(name, number, f"Unknown task: {name}-{number}")
        await self._herder.restart_task(connector, task)
        return Response(status_code=204)

    async def topics(self, request: Request) -> Response:
        """The topics that a connector has used; none for one that is not there, as the real worker answers."""
        name = _name(request)
        connector = self._herder.connectors.get(name)
        return json_response({name: {"topics": sorted(connector.topics) if connector is not None else []}})

    async def reset_topics(self, request: Request) -> Response:
        await self._herder.forget_topics(_name(request))
        return Response(status_code=202)

    async def offsets(self, request: Request) -> Response:
        return json_response({"offsets": await offset_requests.shown(self._herder, _name(request))})

    async def alter_offsets(self, request: Request) -> Response:
        body = Body(await request.body())
        node = body.parsed(_guard_offsets, _way_of_offsets)
        if node is None:
            why = f'Cannot invoke "{_ENTITIES}ConnectorOffsets.offsets()" because "offsets" is null'
            raise RequestRefused(500, why)
        pairs = _offset_pairs(body, node)
        body.check_end(node, f"{_ENTITIES}ConnectorOffsets")
        given = [each for each in pairs or () if each is not None]
        if len(given) < len(pairs or ()):
            raise RequestRefused(
                500, f'Cannot invoke "{_ENTITIES}ConnectorOffset.partition()" because "offset" is null'
            )
        message = await offset_requests.alter(self._herder, _name(request), given)
        return json_response({"message": message})

    async def reset_offsets(self, request: Request) -> Response:
        return json_response({"message": await offset_requests.reset(self._herder, _name(request))})


def _location(request: Request, name: str) -> dict[str, str]:
    return {"Location": f"{request.base_url}connectors/{quote(name, safe='/')}"}


def _number(request: Request) -> int:
    text = str(request.path_params["task"])
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not digits.isdecimal() or not -(1 << 31) <= int(text) < 1 << 31:  # as Integer.valueOf reads it
        raise RequestRefused(404, "HTTP 404 Not Found")
    return int(text)


def _create_request(body: Body, node: Node) -> dict[str, Node]:
    return entity(body, node, "CreateConnectorRequest", ("config", "name", "initial_state"))


def _guard_creation(body: Body, path: tuple[str, ...], node: Node) -> None:
    if not path and node.kind == "array":
        raise mismatch(body, node, _CREATE)
    if path[:1] == ("config",):
        guard_strings(body, path[1:], node, _CONFIG)


def _way_of_creation(path: tuple[str, ...]) -> str:
    return f'{_CREATE}["{path[0]}"]' if path else ""


def _guard_tasks(body: Body, path: tuple[str, ...], node: Node) -> None:
    wanted = (_TASKS, "array") if not path else (_TASK, "object")
    if len(path) < 2 and node.kind != wanted[1]:
        raise mismatch(body, node, wanted[0], f"java.util.ArrayList[{path[0]}]" if path else "")


def _guard_offsets(body: Body, path: tuple[str, ...], node: Node) -> None:
    if path == ("offsets",) and node.kind not in ("array", "null"):
        raise mismatch(body, node, f"java.util.ArrayList<{_ENTITIES}ConnectorOffset>", _OFFSETS)


def _way_of_offsets(path: tuple[str, ...]) -> str:
    if path[:1] != ("offsets",):
        return ""
    return f"{_OFFSETS}->java.util.ArrayList[{path[1]}]" if len(path) > 1 else _OFFSETS


def _scalar(body: Body, node: Node | None, chain: str) -> str | None:
    if node is None:
        return None
    if node.kind in ("array", "object"):
        raise mismatch(body, node, "java.lang.String", chain)
    return text_of(node)


def _initial_state(body: Body, node: Node | None) -> str:
    """RUNNING, PAUSED or STOPPED (KIP-980). Raises RequestRefused."""
    chain = f'{_CREATE}["initial_state"]'
    text = _scalar(body, node, chain)
    if node is None or text is None:
        return "RUNNING"
    if text.upper() not in ("RUNNING", "PAUSED", "STOPPED"):
        why = (f"Cannot construct instance of `{_CREATE}$InitialState`, problem: No enum constant "
               f"{_CREATE}.InitialState.{text.upper()}")  # fmt: skip
        raise body.refused(why, node.start, chain)
    return text.upper()


def _offset_pairs(body: Body, node: Node) -> list[dict[str, Any] | None] | None:
    """The {partition, offset} pairs of a body, None for a null among them. Raises RequestRefused."""
    listed = entity(body, node, "ConnectorOffsets", ("offsets",)).get("offsets")
    if listed is None or listed.kind == "null":
        return None
    if listed.kind != "array":
        raise mismatch(body, listed, f"java.util.ArrayList<{_ENTITIES}ConnectorOffset>", _OFFSETS)
    pairs: list[dict[str, Any] | None] = []
    for place, each in enumerate(listed.value):
        if each.kind == "null":
            pairs.append(None)
            continue
        chain = f"{_OFFSETS}->java.util.ArrayList[{place}]"
        fields = entity(body, each, "ConnectorOffset", ("partition", "offset"), chain)
        inner = f"{chain}->{_ENTITIES}ConnectorOffset"
        pairs.append({name: objects(body, fields.get(name), f'{inner}["{name}"]') for name in ("partition", "offset")})
    return pairs
