"""`/connector-plugins` and `/admin/loggers`."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from clickstream_embedded.connect.config import catalog
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.rest.connectors import config_of
from clickstream_embedded.connect.rest.router import Router, first_of, json_response
from clickstream_embedded.connect.worker.herder import Herder
from clickstream_embedded.connect.worker.refusal import RequestRefused

# the levels of log4j, which KIP-495 speaks of
_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50, "OFF": 60, "ALL": 1}
_OURS = {"root": "", "org.apache.kafka.connect": "connect", "org.apache.kafka.clients": "connect.kafka",
         "org.eclipse.jetty": "http"}  # fmt: skip
_NO_LEVEL = 'Cannot invoke "java.util.Map.get(Object)" because "levelMap" is null'


def routes(router: Router, herder: Herder) -> None:
    """Adds the routes of plugins and loggers."""
    loggers = Loggers()

    async def listed(request: Request) -> Response:
        only = (first_of(request, "connectorsOnly") or "true").lower() == "true"
        shown = catalog.CONNECTORS if only else catalog.PLUGINS
        return json_response([
            {"class": p.class_name, "type": p.kind} | ({} if p.version is None else {"version": p.version}) for p in shown
        ])  # fmt: skip

    async def described(request: Request) -> Response:
        name = str(request.path_params["name"])
        if catalog.is_no_plugin(name):
            raise RequestRefused(500, "Instantiation error")
        keys = catalog.described(name)
        if keys is None:
            raise RequestRefused(404, f"Unknown plugin {name}.")
        return json_response([key.shown() for key in keys])

    async def validated(request: Request) -> Response:
        name = str(request.path_params["name"])
        config = await config_of(request)
        included = config.get("connector.class")
        if included is not None and not _shortened(included).endswith(_shortened(name)):
            raise RequestRefused(400, f"Included connector type {included} does not match request type {name}")
        try:
            return json_response((await herder.validation(config)).shown())
        except RequestRefused as error:  # the real worker wraps what its validation throws
            raise RequestRefused(500, f"{_thrown(error)}: {error.message}") from None
        except JavaError as error:
            raise RequestRefused(500, error.line) from None

    router.add("GET", "/connector-plugins", listed)
    router.add("GET", "/connector-plugins/{name}/config", described)
    router.add("PUT", "/connector-plugins/{name}/config/validate", validated)
    router.add("GET", "/admin/loggers", loggers.listed)
    router.add("GET", "/admin/loggers/{logger}", loggers.one)
    router.add("PUT", "/admin/loggers/{logger}", loggers.change)


def _shortened(name: str) -> str:
    return name.removesuffix("Connector") if name != "Connector" else name


def _thrown(error: RequestRefused) -> str:
    if error.status == 400:
        return "org.apache.kafka.connect.runtime.rest.errors.BadRequestException"
    if error.message.startswith("Invalid value"):
        return "org.apache.kafka.common.config.ConfigException"
    return "org.apache.kafka.connect.errors.ConnectException"


@dataclass(frozen=True, slots=True)
class _Logger:
    level: str
    modified: int | None  # milliseconds since the epoch

    def shown(self) -> dict[str, Any]:
        return {"level": self.level, "last_modified": self.modified}


class Loggers:
    """The loggers whose level was set, by Java's names (KIP-495, KIP-976); ours follow those that they stand for."""

    def __init__(self) -> None:
        self._known = {"root": _Logger("INFO", None)}

    def _effective(self, name: str) -> str:
        """The level of a logger: its own, or that of the nearest above it."""
        while name not in self._known:
            name = name.rpartition(".")[0] or "root"
        return self._known[name].level

    async def listed(self, _: Request) -> Response:
        return json_response({name: each.shown() for name, each in sorted(self._known.items())})

    async def one(self, request: Request) -> Response:
        name = str(request.path_params["logger"])
        found = self._known.get(name)
        if found is None:
            raise RequestRefused(404, f"Logger {name} not found.")
        return json_response(found.shown())

    async def change(self, request: Request) -> Response:
        given = (await config_of(request, _NO_LEVEL)).get("level")
        if given is None:
            raise RequestRefused(400, "Desired 'level' parameter was not specified in request.")
        level = given.upper()
        if level not in _LEVELS:
            raise RequestRefused(404, f"invalid log level '{given}'.")
        name = str(request.path_params["logger"])
        now = int(time.time() * 1000)
        below = [each for each in self._known if name == "root" or each == name or each.startswith(f"{name}.")]
        changed = sorted({*below, name})
        for each in changed:
            if self._effective(each) != level:
                self._known[each] = _Logger(level, now)
            elif each not in self._known:  # it has that level already: nothing was modified
                self._known[each] = _Logger(level, None)
        for java, ours in _OURS.items():
            if name == "root" or java == name or java.startswith(f"{name}."):
                logging.getLogger(ours).setLevel(_LEVELS[level])
        if request.query_params.get("scope", "").lower() == "cluster":
            return Response(status_code=204)
        return json_response(changed)
