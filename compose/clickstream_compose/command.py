"""`docker compose` as a child process, for what only it does: pull, up, down and config, with progress by service."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickstream_compose.connection import Connection
from clickstream_compose.errors import EngineError, explain

_VERBS = ("compose", "version", "pull", "up", "down", "config")
_LINES = 400  # of the output that are kept for an error's words


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one part is: `part` is a service, image, network or volume; `percent` is None where it is not told."""

    part: str
    text: str
    percent: float | None = None


Report = Callable[[Progress], None]


class Compose:
    """Compose, version 1 or 2 and later, over the files of one project."""

    def __init__(self, project: str, files: list[Path], connection: Connection | None = None) -> None:
        self._project = project
        self._files = files
        self._connection = connection or Connection()
        self._found: tuple[list[str], bool] | None = None

    async def command(self) -> tuple[list[str], bool]:
        """`docker compose` where the plugin is there, else `docker-compose`; and whether it tells progress as JSON.

        Raises:
            EngineError: where there is neither.
        """
        if self._found is None:
            self._found = await self._find()
        return self._found

    async def _find(self) -> tuple[list[str], bool]:
        for command in (["docker", "compose"], ["docker-compose"]):
            if shutil.which(command[0]) is None:
                continue
            try:
                await run(
                    [*command, "version"], 20, os.environ
                )  # without the plugin, `docker compose --help` succeeds too
                return command, _tells_json(await run([*command, "--help"], 20, os.environ))
            except EngineError:
                continue
        raise EngineError("Docker has no compose", "Install the package docker-compose-plugin, or docker-compose")

    async def run(self, *arguments: str, timeout: float = 600.0, report: Report | None = None) -> str:
        """Runs a compose command over the files; gives its standard output.

        Args:
            timeout: Seconds after which it is ended.
            report: Called with each step as it happens.

        Raises:
            EngineError: with compose's last words, the cause and the cure.
        """
        command, as_json = await self.command()
        for file in self._files:
            command = [*command, "-f", str(file)]
        if as_json and report is not None:
            command = [*command, "--progress", "json"]
        where = self._connection.place()
        environment = {**os.environ, "DOCKER_HOST": where.address}
        environment.pop("DOCKER_CONTEXT", None)
        if where.tls is not None and where.source != "DOCKER_HOST":
            environment = dict(os.environ)  # a context's certificates are compose's own to find
        return await run([*command, "-p", self._project, *arguments], timeout, environment, report)

    async def pull(self, report: Report | None = None) -> None:
        """Fetches the images. Raises EngineError."""
        await self.run("pull", timeout=3600, report=report)

    async def up(self, report: Report | None = None) -> None:
        """Makes and starts the containers, each after what it waits for. Raises EngineError."""
        await self.run("up", "-d", timeout=3600, report=report)

    async def down(self, *, volumes: bool = False, report: Report | None = None) -> None:
        """Removes the containers, and with `volumes` their data. Raises EngineError."""
        await self.run("down", *(["--volumes"] if volumes else []), timeout=600, report=report)

    async def config(self) -> dict[str, Any]:
        """The files as one, with variables set. Raises EngineError."""
        command, _ = await self.command()
        if command == ["docker-compose"]:
            return {"text": await self.run("config", timeout=60)}
        return json.loads(await self.run("config", "--format", "json", timeout=60))


def _tells_json(help_text: str) -> bool:
    line = next((each for each in help_text.splitlines() if "--progress" in each), "")
    return "json" in line or "json" in help_text.partition("--progress")[2][:300]


def progress(line: str) -> Progress | None:
    """One line of compose's output as progress, whether JSON (2.29 and later) or words; None where it is neither."""
    line = line.strip()
    if not line:
        return None
    if not line.startswith("{"):
        words = line.split()
        if len(words) > 1 and words[0] in ("Container", "Network", "Volume", "Image"):
            return Progress(words[1], " ".join(words[2:]))
        if len(words) > 1 and words[0] in ("Creating", "Starting", "Pulling", "Stopping", "Removing", "Recreating"):
            return Progress(words[1].rstrip("."), " ".join([words[0], *words[3:]]))
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    name = str(entry.get("parent_id") or entry.get("id") or "")
    if not name:
        return None
    text = " ".join(str(entry[key]) for key in ("text", "status", "details") if entry.get(key))
    total, current = entry.get("total") or 0, entry.get("current") or 0
    percent = float(entry["percent"]) if entry.get("percent") else (100.0 * current / total if total else None)
    return Progress(name.partition(" ")[2] or name, text, percent)


async def run(command: list[str], timeout: float, environment: Mapping[str, str], report: Report | None = None) -> str:
    """A command's standard output. Raises EngineError."""
    what = f"`{' '.join([*command[:1], *(part for part in command[1:] if part in _VERBS)])}`"
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=dict(environment), limit=2**20,
        )  # fmt: skip
    except FileNotFoundError:
        raise EngineError(
            f"The command {command[0]} is not here", "Install Docker: https://docs.docker.com/engine"
        ) from None
    said: deque[str] = deque(maxlen=_LINES)

    async def read(stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        async for raw in stream:
            text = raw.decode("utf-8", "replace")
            said.append(text)
            found = progress(text) if report is not None else None
            if found is not None and report is not None:
                report(found)

    assert process.stdout is not None
    try:
        async with asyncio.timeout(timeout):
            out, _, code = await asyncio.gather(process.stdout.read(), read(process.stderr), process.wait())
    except TimeoutError:
        raise EngineError(f"{what} was not done after {timeout:.0f} s", "The engine may be busy or hanging") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = out.decode("utf-8", "replace")
    if code:
        raise explain("".join(said) or text, what)
    return text
