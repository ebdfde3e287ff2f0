"""Docker's own command line, asked for JSON: containers of one project, their health, figures, logs, start and stop."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PROJECT_LABEL, SERVICE_LABEL = "com.docker.compose.project", "com.docker.compose.service"


class EngineError(Exception):
    """Docker refused or cannot be reached; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Container:
    """A service's container. `health` is healthy, unhealthy, starting or "" where it has no check; memory in bytes."""

    service: str
    name: str
    state: str
    health: str
    status: str
    ports: str
    image: str
    cpu_percent: float = 0.0
    memory: int = 0

    @property
    def ready(self) -> bool:
        return self.state == "running" and self.health in ("", "healthy")


_CAUSES = (
    ("permission denied", "This user may not use Docker", "Add the user to the group `docker`, or use sudo"),
    ("Cannot connect to the Docker daemon", "The Docker engine does not run", "Start it: sudo systemctl start docker"),
    ("error setting rlimit", "This host refuses to raise resource limits", "Add the overlay no-ulimits.yml"),
    ("port is already allocated", "A port of the stack is taken", "Stop what uses it, or set BIND or the ports in .env"),
    ("address already in use", "A port of the stack is taken", "Stop what uses it, or set BIND or the ports in .env"),
    ("is already in use by container", "A container of that name is left over", "Remove it: docker rm NAME"),
    ("no space left on device", "The disk is full", "Free some: docker system prune"),
    ("manifest unknown", "An image of that version does not exist", "Set another version in .env"),
    ("no matching manifest", "An image does not exist for this processor", "Set another version in .env"),
    ("pull access denied", "An image cannot be had", "Check its name and version in .env"),
    ("i/o timeout", "An image registry does not answer", "Check the network and the proxy"),
    ("no such host", "A name cannot be resolved", "Check DNS and the proxy"),
)  # fmt: skip


def explain(text: str, what: str) -> EngineError:
    """Docker's error text as a sentence with its cure."""
    for part, cause, cure in _CAUSES:
        if part.lower() in text.lower():
            return EngineError(f"{cause}, so {what} failed: {last_line(text)}", cure)
    return EngineError(f"{what} failed: {last_line(text)}")


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


class Engine:
    """The `docker` command. Every call has a time limit; output that is not JSON is an EngineError."""

    def __init__(self, docker: str = "docker") -> None:
        self._docker = docker

    async def run(self, *arguments: str, timeout: float = 30.0) -> str:
        """Standard output. Raises EngineError."""
        return await _command([self._docker, *arguments], timeout)

    async def compose_command(self) -> list[str]:
        """`docker compose` where the plugin is there, else `docker-compose`. Raises EngineError for neither."""
        try:
            await self.run("compose", "version", timeout=10)
            return [self._docker, "compose"]
        except EngineError:
            if shutil.which("docker-compose"):
                return ["docker-compose"]
        raise EngineError("Docker has no `compose`", "Install the plugin docker-compose-plugin, or docker-compose")

    async def compose(self, project: str, files: list[Path], *arguments: str, timeout: float = 600.0) -> str:
        """Runs compose over the files of a project. Raises EngineError."""
        command = await self.compose_command()
        for file in files:
            command += ["-f", str(file)]
        return await _command([*command, "-p", project, *arguments], timeout)

    async def containers(self, project: str) -> list[Container]:
        """The containers of a project, by service. Raises EngineError."""
        text = await self.run("ps", "-a", "--filter", f"label={PROJECT_LABEL}={project}", "--format", "{{json .}}")
        found = [container(entry) for entry in parsed(text)]
        running = [each.name for each in found if each.state == "running"]
        figures = await self.figures(running) if running else {}
        return sorted(
            (_with_figures(each, figures.get(each.name)) for each in found), key=lambda each: (each.service, each.name)
        )  # fmt: skip

    async def figures(self, names: list[str]) -> dict[str, tuple[float, int]]:
        """(CPU in percent, memory in bytes) by container. Raises EngineError."""
        text = await self.run("stats", "--no-stream", "--format", "{{json .}}", *names)
        return {
            entry["Name"]: (percent(entry.get("CPUPerc", "")), size(entry.get("MemUsage", "").split("/")[0]))
            for entry in parsed(text)
        }

    async def act(self, action: str, name: str) -> None:
        """start, stop, restart or kill of a container. Raises EngineError."""
        await self.run(action, name, timeout=90)

    async def logs(self, name: str, lines: int = 500) -> str:
        """The end of a container's log, both streams. Raises EngineError."""
        return await _command([self._docker, "logs", "--tail", str(lines), name], 20, both=True)


def parsed(text: str) -> list[dict[str, Any]]:
    """JSON of Docker's commands: an object a line, or an array as older versions print."""
    text = text.strip()
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def container(entry: dict[str, Any]) -> Container:
    """One line of `docker ps`."""
    labels = dict(pair.split("=", 1) for pair in str(entry.get("Labels", "")).split(",") if "=" in pair)
    status = str(entry.get("Status", ""))
    health = next((word for word in ("unhealthy", "healthy", "health: starting") if f"({word})" in status), "")
    return Container(
        labels.get(SERVICE_LABEL) or str(entry["Names"]), str(entry["Names"]), str(entry.get("State", "")).lower(),
        health.removeprefix("health: "), status, str(entry.get("Ports", "")), str(entry.get("Image", "")),
    )  # fmt: skip


def _with_figures(each: Container, found: tuple[float, int] | None) -> Container:
    if found is None:
        return each
    return replace(each, cpu_percent=found[0], memory=found[1])


def percent(text: str) -> float:
    try:
        return float(text.rstrip("%"))
    except ValueError:
        return 0.0


def size(text: str) -> int:
    """Bytes of a text such as `12.5MiB`."""
    units = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
    text = text.strip()
    number = text.rstrip("BKMGikbmg")
    try:
        return int(float(number) * units.get(text[len(number) :], 1))
    except ValueError:
        return 0


async def _command(command: list[str], timeout: float, *, both: bool = False) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT if both else asyncio.subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError:
        raise EngineError(
            f"The command {command[0]} is not here", "Install Docker: https://docs.docker.com/engine"
        ) from None
    what = f"`{' '.join(command[:4])}`"
    try:
        async with asyncio.timeout(timeout):
            out, error = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise EngineError(f"{what} was not done after {timeout:.0f} s", "The engine may be busy or hanging") from None
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise explain((error or b"").decode("utf-8", "replace") or out.decode("utf-8", "replace"), what)
    return out.decode("utf-8", "replace")
