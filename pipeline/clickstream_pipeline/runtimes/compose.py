"""The Docker stack as services: seen through `docker ps` and `docker stats`, started by compose."""

from __future__ import annotations

import shlex
from pathlib import Path

from clickstream_compose.engine import Container, Engine, EngineError
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Service

_ADDRESSES = {"kafka": "127.0.0.1:9092", "ksqldb-server": "http://127.0.0.1:8088", "elasticsearch": "http://127.0.0.1:9200",
              "grafana": "http://127.0.0.1:3000", "control-center": "http://127.0.0.1:9021"}  # fmt: skip


class ComposeStack:
    """One compose project."""

    def __init__(self, home: Path, project: str, files: list[Path], engine: Engine | None = None) -> None:
        self.home = home
        self._project = project
        self._files = files
        self._engine = engine or Engine()
        self._attached = False

    @property
    def connected(self) -> bool:
        return self._attached

    async def _containers(self) -> list[Container]:
        try:
            return await self._engine.containers(self._project)
        except EngineError as error:
            self._attached = False
            raise PipelineError(error.message, hint=error.hint) from error

    async def attach(self) -> bool:
        """Whether containers of the project exist. Raises PipelineError where Docker cannot be asked."""
        self._attached = bool(await self._containers())
        return self._attached

    async def ensure(self, *, lease: bool = True) -> bool:
        """Starts the stack where it does not run: images are fetched, services wait for each other."""
        if await self.attach() and all(each.state == "running" for each in await self._containers()):
            return False
        await self._compose("up", "-d")
        await self.attach()
        return True

    async def _compose(self, *arguments: str) -> None:
        try:
            await self._engine.compose(self._project, self._files, *arguments, timeout=1800)
        except EngineError as error:
            raise PipelineError(error.message, hint=error.hint) from error

    async def services(self) -> tuple[Service, ...]:
        """The containers and how they are. Raises PipelineError."""
        return tuple(
            Service(
                each.service, each.state, each.ready, _ADDRESSES.get(each.service, each.ports),
                reason="" if each.ready else (each.health or each.status), cpu_percent=each.cpu_percent,
                memory=each.memory, log=f"docker logs {each.name}",
            )
            for each in await self._containers()
        )  # fmt: skip

    async def act(self, action: str, service: str) -> None:
        """start, stop or restart. Raises PipelineError."""
        for each in await self._containers():
            if each.service == service:
                try:
                    await self._engine.act(action, each.name)
                except EngineError as error:
                    raise PipelineError(error.message, hint=error.hint) from error
                return
        raise PipelineError(f"There is no service '{service}' in the project {self._project}")

    def command(self, action: str, service: str) -> str:
        return shlex.join(["docker", "compose", "-p", self._project, action, service])

    async def logs(self, service: str) -> str:
        """The end of a service's log. Raises PipelineError."""
        parts: list[str] = []
        for each in await self._containers():
            if each.service == service:
                try:
                    parts.append(await self._engine.logs(each.name))
                except EngineError as error:
                    raise PipelineError(error.message, hint=error.hint) from error
        return "\n".join(parts)

    async def pin(self) -> None:
        """Containers run on by themselves."""

    async def shutdown(self) -> None:
        """Removes the containers; volumes stay. Raises PipelineError."""
        await self._compose("down")
        self._attached = False

    async def close(self) -> None:
        """There is no connection of its own."""

    def addresses(self) -> dict[str, str]:
        return {"kafka": "127.0.0.1:9092", "connect": "http://127.0.0.1:8083", "ksqldb": "http://127.0.0.1:8088",
                "elasticsearch": "http://127.0.0.1:9200"}  # fmt: skip
