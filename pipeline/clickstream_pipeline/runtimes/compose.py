"""The Docker stack as services: seen and steered through the engine's API, made and removed by compose."""

from __future__ import annotations

import shlex
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from clickstream_compose.command import Compose, Progress
from clickstream_compose.engine import DockerEngine
from clickstream_compose.errors import EngineError
from clickstream_compose.model import Container, EngineEvent, LogLine, advice
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Service

_ADDRESSES = {"kafka": "127.0.0.1:9092", "ksqldb-server": "http://127.0.0.1:8088", "connect": "http://127.0.0.1:8083",
              "elasticsearch": "http://127.0.0.1:9200", "grafana": "http://127.0.0.1:3000",
              "control-center": "http://127.0.0.1:9021"}  # fmt: skip
ONE_SHOT = ("connect-plugins",)  # what these are made for is to end


class ComposeStack:
    """One compose project. Every method that asks Docker raises PipelineError, and works again once Docker is back."""

    def __init__(
        self, home: Path, project: str, files: list[Path], engine: DockerEngine | None = None,
        report: Callable[[Progress], None] | None = None,
    ) -> None:  # fmt: skip
        self.home = home
        self._project = project
        self._engine = engine or DockerEngine()
        self._compose = Compose(project, files, self._engine.connection)
        self._report = report
        self._attached = False
        self._advice: dict[tuple[str, str], str] = {}  # why a container is not ready, by (id, when it was last started)

    @property
    def connected(self) -> bool:
        return self._attached

    async def _containers(self) -> list[Container]:
        try:
            found = await self._engine.containers(self._project)
        except EngineError as error:
            self._attached = False
            raise _told(error) from error
        self._attached = bool(found)
        return found

    async def attach(self) -> bool:
        """Whether containers of the project exist. Raises PipelineError where Docker cannot be asked."""
        return bool(await self._containers())

    async def ensure(self, *, lease: bool = True) -> bool:
        """Starts the stack where it does not run: images are fetched, services wait for each other."""
        found = await self._containers()
        if found and all(each.state == "running" or _finished(each) for each in found):
            return False
        try:
            await self._compose.up(self._report)
        except EngineError as error:
            raise await self._explained(error) from error
        await self.attach()
        return True

    async def _explained(self, error: EngineError) -> PipelineError:
        """Compose's words, and what the containers that failed say themselves."""
        try:
            found = [
                each for each in await self._engine.containers(self._project) if not each.ready and not _finished(each)
            ]
            failed = [each for each in found if _failed(each)]
            causes = [await self._cause(each) for each in failed]
        except EngineError:
            causes = []
        return PipelineError("; ".join([error.message, *causes]), hint=error.hint)

    async def services(self) -> tuple[Service, ...]:
        """The containers and how they are. Raises PipelineError."""
        found = await self._containers()
        keys = {(each.id, each.started) for each in found}
        self._advice = {key: text for key, text in self._advice.items() if key in keys}
        return tuple([await self._service(each) for each in found])

    async def _service(self, each: Container) -> Service:
        usage = self._engine.usage(each)
        address = _ADDRESSES.get(each.service) or ", ".join(str(port) for port in each.ports)
        fine = each.ready or _finished(each)
        return Service(
            each.service, "done" if _finished(each) else each.state, fine, address, restarts=each.restarts,
            reason="" if fine else await self._cause(each), cpu_percent=usage.cpu_percent if usage else 0.0,
            memory=usage.memory if usage else 0, log=f"docker logs {each.name}", version=each.image.rpartition(":")[2],
        )  # fmt: skip

    async def _cause(self, each: Container) -> str:
        """Why it is not ready, with its log's own line and the cure; the log is asked once a start."""
        if not _failed(each):
            return each.reason
        key = (each.id, each.started)
        if key not in self._advice:
            try:
                log = "\n".join(line.text for line in await self._engine.logs([each], 50))
            except EngineError:
                return each.reason
            what, cure = advice(each, log)
            self._advice[key] = f"{what.removeprefix(each.service + ': ')}. {cure}"
        return f"{each.reason}; {self._advice[key]}" if each.reason not in self._advice[key] else self._advice[key]

    async def act(self, action: str, service: str) -> None:
        """start, stop, restart or kill. Raises PipelineError."""
        for each in await self._of(service):
            try:
                await self._engine.act(action, each.name)
            except EngineError as error:
                raise _told(error) from error

    async def _of(self, service: str) -> list[Container]:
        found = [each for each in await self._containers() if each.service == service]
        if not found:
            raise PipelineError(f"There is no service '{service}' in the project {self._project}")
        return found

    def command(self, action: str, service: str) -> str:
        """What `act` does, as a line of a shell."""
        return shlex.join(["docker", "compose", "-p", self._project, action, service])

    async def logs(self, service: str) -> str:
        """The end of a service's log, of all its containers by time. Raises PipelineError."""
        try:
            return "\n".join(line.text for line in await self._engine.logs(await self._of(service)))
        except EngineError as error:
            raise _told(error) from error

    async def follow_logs(self, service: str, lines: int = 100) -> AsyncGenerator[LogLine]:
        """A service's log as it is written. Raises PipelineError."""
        stream = self._engine.follow_logs((await self._of(service))[0], lines)
        async with aclosing(stream):
            try:
                async for line in stream:
                    yield line
            except EngineError as error:
                raise _told(error) from error

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """What happens to the containers, as it happens. Raises PipelineError."""
        stream = self._engine.events(self._project)
        async with aclosing(stream):
            try:
                async for event in stream:
                    yield event
            except EngineError as error:
                raise _told(error) from error

    async def pin(self) -> None:
        """Containers run on by themselves."""

    async def shutdown(self) -> None:
        """Removes the containers; volumes stay. Raises PipelineError."""
        try:
            await self._compose.down(report=self._report)
        except EngineError as error:
            raise _told(error) from error
        self._attached = False

    async def close(self) -> None:
        """Ends the streams of the containers' usage."""
        await self._engine.close()

    def addresses(self) -> dict[str, str]:
        """The address of each server by name."""
        return {"kafka": "127.0.0.1:9092", "connect": "http://127.0.0.1:8083", "ksqldb": "http://127.0.0.1:8088",
                "elasticsearch": "http://127.0.0.1:9200"}  # fmt: skip


def _finished(each: Container) -> bool:
    return each.service in ONE_SHOT and each.done


def _failed(each: Container) -> bool:
    return (
        each.state in ("exited", "dead") or each.health == "unhealthy" or (each.state == "created" and bool(each.error))
    )


def _told(error: EngineError) -> PipelineError:
    return PipelineError(error.message, hint=error.hint)
