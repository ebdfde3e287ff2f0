"""The Docker engine through its SDK: the containers of a project, their usage, events and logs, and what is done to them."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import docker
from docker.errors import NotFound

from clickstream_compose.connection import Connection, guarded
from clickstream_compose.errors import EngineError
from clickstream_compose.model import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    EngineEvent,
    EngineInfo,
    ExecResult,
    LogLine,
    Port,
    Usage,
)
from clickstream_compose.streams import Cancellable, Statistics, follow

Result = TypeVar("Result")
ACTIONS = ("start", "stop", "restart", "kill")


class DockerEngine:
    """One Docker engine. Methods raise EngineError, and work again once the engine is back."""

    def __init__(self, connection: Connection | None = None) -> None:
        self.connection = connection or Connection()
        self._statistics = Statistics(self.connection)
        self._client: docker.APIClient | None = None
        self._inspected: dict[str, tuple[str, Container]] = {}  # by id, with what the list said of it
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Ends the streams and the connection."""
        self._statistics.close()
        self._forget()

    async def info(self) -> EngineInfo:
        """What the engine tells of itself and its machine."""
        found = await self._call("the engine's info", lambda client: client.info())
        return EngineInfo(
            version=str(found.get("ServerVersion", "")), memory=int(found.get("MemTotal", 0)),
            cpus=int(found.get("NCPU", 0)), architecture=str(found.get("Architecture", "")),
            storage_driver=str(found.get("Driver", "")), root_folder=str(found.get("DockerRootDir", "")),
            rootless=any("rootless" in str(each) for each in found.get("SecurityOptions") or ()),
            cgroups=str(found.get("CgroupVersion", "")), local=self.connection.place().local,
        )  # fmt: skip

    async def containers(self, project: str) -> list[Container]:
        """The containers of a project by service, with the streams of their usage running."""
        found = await self._call(
            "the list of containers", lambda client: self._inspect(client, {"label": f"{PROJECT_LABEL}={project}"})
        )
        self._statistics.watch({each.id for each in found if each.state == "running"})
        return found

    async def names(self) -> dict[str, str]:
        """Names of all containers of the engine, with the project of each ("" for none)."""
        found = await self._call("the list of containers", lambda client: client.containers(all=True))
        return {
            name.lstrip("/"): str((each.get("Labels") or {}).get(PROJECT_LABEL, ""))
            for each in found for name in each.get("Names") or ()
        }  # fmt: skip

    def usage(self, container: Container) -> Usage | None:
        """The newest sample of a container's usage, None before the first."""
        return self._statistics.latest(container.id)

    async def act(self, action: str, name: str) -> None:
        """start, stop, restart or kill of a container."""
        if action not in ACTIONS:
            raise EngineError(f"Docker has no action '{action}'", f"There are: {', '.join(ACTIONS)}")
        await self._call(f"{action} of {name}", lambda client: getattr(client, action)(name), timeout=90)

    async def execute(self, name: str, command: list[str], timeout: float = 60.0) -> ExecResult:
        """Runs a command in a container that runs; both streams, and its exit code."""

        def run(client: docker.APIClient) -> ExecResult:
            made = client.exec_create(name, command)
            output = client.exec_start(made["Id"])
            code = client.exec_inspect(made["Id"]).get("ExitCode")
            return ExecResult(-1 if code is None else int(code), bytes(output).decode("utf-8", "replace"))

        return await self._call(f"exec of {command[0]} in {name}", run, timeout=timeout)

    async def logs(self, containers: list[Container], lines: int = 500, since: float | None = None) -> list[LogLine]:
        """The ends of the containers' logs, both streams, merged by time.

        Args:
            lines: How many of each container at most.
            since: Only those after this time, in seconds since 1970.
        """

        def read(client: docker.APIClient, each: Container) -> list[LogLine]:
            options: dict[str, Any] = {} if since is None else {"since": float(since)}
            raw = client.logs(each.id, timestamps=True, tail=lines, **options)
            return [_line(each.service, text) for text in raw.decode("utf-8", "replace").splitlines()]

        parts = [
            await self._call(f"the log of {each.name}", lambda client, each=each: read(client, each))
            for each in containers
        ]
        return list(heapq.merge(*parts, key=lambda line: line.at))

    async def follow_logs(self, container: Container, lines: int = 0) -> AsyncGenerator[LogLine]:
        """A container's log as it is written, after its last `lines`; ends with the container."""
        parts: dict[str, str] = {"rest": ""}
        stream = follow(
            self.connection, f"the log of {container.name}",
            lambda client: client.logs(container.id, stream=True, follow=True, timestamps=True, tail=lines),
        )  # fmt: skip
        async with aclosing(stream):
            async for piece in stream:
                *whole, parts["rest"] = (parts["rest"] + piece.decode("utf-8", "replace")).split("\n")
                for text in whole:
                    yield _line(container.service, text)
        if parts["rest"]:
            yield _line(container.service, parts["rest"])

    async def events(self, project: str, since: int | None = None) -> AsyncGenerator[EngineEvent]:
        """What happens to the project's containers, as it happens; commands of health checks are left out.

        Args:
            since: Those after this time too, in seconds since 1970.
        """
        filters = {"type": "container", "label": f"{PROJECT_LABEL}={project}"}
        stream = follow(
            self.connection, "the engine's events",
            lambda client: _events(client, since, filters),
        )  # fmt: skip
        async with aclosing(stream):
            async for entry in stream:
                found = event(entry)
                if found is not None:
                    yield found

    async def _call(self, what: str, call: Callable[[docker.APIClient], Result], timeout: float = 30.0) -> Result:
        def run() -> Result:
            if timeout > 30:  # a client of its own: the others' limit stays as it is
                client = self.connection.client(timeout)
                try:
                    return guarded(what, lambda: call(client))
                finally:
                    client.close()
            client = self._client or self.connection.client(timeout)
            self._client = client
            try:
                return guarded(what, lambda: call(client))
            except EngineError:
                self._forget()  # the engine may come back elsewhere, or as another version
                raise

        if timeout > 30:
            return await asyncio.to_thread(run)
        async with self._turn:
            return await asyncio.to_thread(run)

    def _inspect(self, client: docker.APIClient, filters: dict[str, str]) -> list[Container]:
        """Asks only about containers of which the list says something new.

        The list tells the state, the health and for how long ("Up 5 seconds (healthy)"), so a start, an end, a restart and a
        change of health each change it.
        """
        before, self._inspected = self._inspected, {}
        for entry in client.containers(all=True, filters=filters):
            key, said = entry["Id"], f"{entry.get('State')} {entry.get('Status')}"
            known, found = before.get(key, ("", None))
            try:
                if found is None or known != said or found.failing_checks or found.health == "starting":
                    found = container(client.inspect_container(key))
            except NotFound:
                continue  # removed between the two questions
            self._inspected[key] = said, found
        return sorted((found for _, found in self._inspected.values()), key=lambda each: (each.service, each.name))

    def _forget(self) -> None:
        client, self._client = self._client, None
        self._inspected = {}
        if client is not None:
            client.close()


def container(entry: dict[str, Any]) -> Container:
    """A container from the engine's answer to an inspect."""
    state, config = entry.get("State") or {}, entry.get("Config") or {}
    health = state.get("Health") or {}
    checks = health.get("Log") or [{}]
    name = str(entry.get("Name", "")).lstrip("/")
    status = str(health.get("Status", ""))
    said = str(checks[-1].get("Output", "")).strip().splitlines()
    return Container(
        id=str(entry["Id"]), service=str((config.get("Labels") or {}).get(SERVICE_LABEL) or name), name=name,
        state=str(state.get("Status", "")), health="" if status == "none" else status, image=str(config.get("Image", "")),
        ports=_ports((entry.get("NetworkSettings") or {}).get("Ports") or {}), restarts=int(entry.get("RestartCount", 0)),
        exit_code=int(state.get("ExitCode", 0)), out_of_memory=bool(state.get("OOMKilled")),
        error=str(state.get("Error", "")), health_log=said[-1] if said else "",
        failing_checks=int(health.get("FailingStreak", 0)), started=str(state.get("StartedAt", "")),
        finished=str(state.get("FinishedAt", "")), memory_limit=int((entry.get("HostConfig") or {}).get("Memory", 0)),
    )  # fmt: skip


def _events(client: docker.APIClient, since: int | None, filters: dict[str, str]) -> Cancellable:
    stream: Any = client.events(since=since, filters=filters, decode=True)
    return stream


def _ports(entries: dict[str, list[dict[str, str]] | None]) -> tuple[Port, ...]:
    found: set[tuple[int, int, str, str]] = set()
    for inside, places in entries.items():
        number, _, protocol = inside.partition("/")
        found |= {
            (int(number), int(each["HostPort"]), each.get("HostIp", ""), protocol or "tcp") for each in places or ()
        }
    return tuple(Port(*each) for each in sorted(found))


def event(entry: dict[str, Any]) -> EngineEvent | None:
    """An event of a container from the engine's entry; None for the commands that health checks run."""
    action = str(entry.get("Action", ""))
    if action.startswith("exec_") or entry.get("Type") != "container":
        return None
    actor = (entry.get("Actor") or {}).get("Attributes") or {}
    code = actor.get("exitCode")
    at = entry["timeNano"] / 1e9 if "timeNano" in entry else float(entry.get("time", 0))
    name = str(actor.get("name", ""))
    return EngineEvent(at, action, str(actor.get(SERVICE_LABEL) or name), name, int(code) if code else None)


def _line(service: str, text: str) -> LogLine:
    at, _, rest = text.partition(" ")
    return LogLine(at, service, rest.rstrip("\r"))
