"""The embedded servers: started as processes, seen and steered over the supervisor's control connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.model import Service

_TIMEOUT = 30.0  # seconds; a stop waits for the process to end
_NAMES = {"kafka": "", "connect": "http://", "ksqldb": "http://", "elasticsearch": "http://"}


_LOG_END = 64 * 1024  # bytes of a log that are shown


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_END))
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"The log {path} cannot be read ({error.strerror})"


class EmbeddedStack:
    """One stack in one home folder."""

    def __init__(self, home: Path, ports: dict[str, int] | None = None) -> None:
        self.home = home
        self._wanted = dict(ports or {})
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._lock = asyncio.Lock()
        self._token = ""
        self._leased = False

    @property
    def connected(self) -> bool:
        return self._writer is not None

    def state(self) -> dict[str, Any] | None:
        """What a running supervisor has published, None where there is none."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.home / "stack.json").read_text())
        return None

    def addresses(self) -> dict[str, str]:
        """The address of each server that runs, by service name."""
        state = self.state()
        return (
            {}
            if state is None
            else {n: f"{_NAMES[n]}127.0.0.1:{port}" for n, port in state["ports"].items() if n in _NAMES}
        )

    async def attach(self) -> bool:
        """Connects to a running supervisor; False where there is none."""
        state = self.state()
        if state is None:
            return False
        try:
            async with asyncio.timeout(3):
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", state["control_port"])
        except (OSError, TimeoutError):
            return False
        self._token = state["token"]
        try:  # a port that was left behind may be another program's by now: only our supervisor knows the token
            await self._call("lease" if self._leased else "status")
        except (PipelineError, ValueError):
            await self._drop()
            return False
        return True

    async def ensure(self, *, lease: bool = True) -> bool:
        """Attaches to the stack, starting it where it does not run; True where it was started here.

        Raises PipelineError where the home folder cannot be written or the supervisor does not come up.
        """
        self._leased = lease
        if await self.attach():
            return False
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            (self.home / "logs").mkdir(exist_ok=True)
            log = (self.home / "logs" / "supervisor.log").open("ab")
        except OSError as error:
            raise PipelineError(f"The home folder {self.home} cannot be written ({error.strerror})",
                                hint="Free it, or choose another with --home or CLICKSTREAM_HOME") from error  # fmt: skip
        arguments = [sys.executable, "-m", "clickstream_embedded.supervisor", str(self.home)]
        arguments += [f"{name}={port}" for name, port in self._wanted.items()]
        with log:
            process = await asyncio.to_thread(
                subprocess.Popen,
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "CLICKSTREAM_LOG": str(self.home / "logs" / "supervisor.log")},
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if await self.attach():
                return True
            if process.poll() not in (None, 0):
                break
            await asyncio.sleep(0.05)
        raise PipelineError(
            f"The embedded stack did not start in {self.home}", hint=f"See {self.home / 'logs' / 'supervisor.log'}"
        )

    async def _call(self, action: str, **more: Any) -> dict[str, Any]:
        async with self._lock:
            if self._writer is None or self._reader is None:
                raise Unreachable(
                    "The embedded stack does not run", hint="Start it with: clickstream-tui up --through services"
                )
            try:
                async with asyncio.timeout(_TIMEOUT):
                    self._writer.write(json.dumps({"token": self._token, "do": action, **more}).encode() + b"\n")
                    await self._writer.drain()
                    line = await self._reader.readline()
            except (OSError, TimeoutError) as error:
                await self._drop()
                raise Unreachable(
                    "The supervisor of the embedded stack does not answer", hint="It is started again"
                ) from error
            if not line:
                await self._drop()
                raise Unreachable("The supervisor of the embedded stack has ended", hint="It is started again")
        answer = json.loads(line)
        if "error" in answer:
            raise PipelineError(answer["error"])
        return answer

    async def _drop(self) -> None:
        writer, self._writer, self._reader = self._writer, None, None
        if writer is not None:
            writer.close()

    async def services(self) -> tuple[Service, ...]:
        """The servers and how they are. Raises Unreachable."""
        answer = await self._call("status")
        return tuple(
            Service(
                s["name"], s["state"], s["ready"], f"{_NAMES.get(s['name'], 'http://')}127.0.0.1:{s['port']}", s["pid"], s["restarts"],
                s["reason"], s["cpu_percent"], s["memory"], s["log"],
            )
            for s in answer["services"]
        )  # fmt: skip

    async def act(self, action: str, service: str) -> None:
        """start, stop or restart one service."""
        await self._call(action, service=service)

    def command(self, action: str, service: str) -> str:
        return f"# {action} the embedded server {service}"

    async def logs(self, service: str) -> str:
        """The end of a server's log."""
        path = self.home / "logs" / f"{service}.log"
        return await asyncio.to_thread(_end_of, path)

    async def pin(self) -> None:
        """Keeps the stack running when nobody is attached any more."""
        await self._call("pin")

    async def shutdown(self) -> None:
        """Ends the stack and waits until its processes are gone."""
        await self._call("shutdown")
        await self._drop()
        deadline = time.monotonic() + 30
        while self.state() is not None and time.monotonic() < deadline:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Gives up the lease: an unpinned stack without others ends."""
        await self._drop()
