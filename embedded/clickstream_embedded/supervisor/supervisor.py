"""The stack: four servers, one control connection, and the leases that keep them alive.

A client that needs the stack holds a lease, which is its connection: it ends when the client does, however it ends.
Without a lease the stack stops after a moment, unless it is pinned (`up` pins it, `down` ends it).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Any

from clickstream_embedded.supervisor.ports import REGISTRY, choose, wait_until_free
from clickstream_embedded.supervisor.service import Definition, Service

log = logging.getLogger("supervisor")
_FIRST_LEASE = 20.0  # seconds to wait for the first client
_LAST_LEASE = 2.0  # seconds to wait after the last one has gone
_RETENTION = str(512 * 1024 * 1024)  # bytes of a partition, so that clicks of a week do not fill a laptop's disk


def definitions(ports: dict[str, int]) -> list[Definition]:
    """The servers, in the order in which they start."""
    kafka = f"127.0.0.1:{ports['kafka']}"
    connect = f"http://127.0.0.1:{ports['connect']}"
    package = "clickstream_embedded"
    registry: list[Definition] = []
    named: tuple[str, ...] = ()
    if REGISTRY in ports:
        registry = [Definition(REGISTRY, f"{package}.registry", ports[REGISTRY], ("--bootstrap", kafka), "/")]
        named = ("--schema-registry", f"http://127.0.0.1:{ports[REGISTRY]}")
    return [
        Definition("kafka", f"{package}.broker", ports["kafka"], ("--retention-bytes", _RETENTION), None),
        Definition("elasticsearch", f"{package}.search", ports["elasticsearch"], (), "/_cluster/health"),
        Definition("connect", f"{package}.connect", ports["connect"], ("--bootstrap", kafka, *named), "/connectors"),
        Definition("ksqldb", f"{package}.ksqldb", ports["ksqldb"], ("--bootstrap", kafka, "--connect", connect, *named),
                   "/healthcheck"),
        *registry,
    ]  # fmt: skip


class AlreadyRunning(Exception):
    """Another supervisor has this home."""


class Supervisor:
    """Owns the processes of one home folder."""

    def __init__(self, home: Path, wanted_ports: dict[str, int]) -> None:
        self._home = home
        home.mkdir(parents=True, exist_ok=True)
        self._lock = (home / "stack.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(str(home)) from None
        self._state_file = home / "stack.json"
        before = self._ports_before()
        if self._state_file.exists():  # the one before was killed: its servers are about to end
            wait_until_free(before.values(), seconds=8.0)
        self._ports = choose(wanted_ports, before)
        self._services = {d.name: Service(d, home) for d in definitions(self._ports)}
        self._token = secrets.token_hex(16)
        self._leases = 0
        self._pinned = False
        self._idle: asyncio.TimerHandle | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def _ports_before(self) -> dict[str, int]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return dict(json.loads((self._home / "ports.json").read_text()))
        return {}

    async def run(self, stop: asyncio.Event) -> None:
        """Starts everything and returns once all has ended."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._stop = stop
        self._publish(server.sockets[0].getsockname()[1])
        self._expect_lease(_FIRST_LEASE)
        for service in self._services.values():
            service.start()
        try:
            await stop.wait()
        finally:
            server.close()
            for task in list(self._connections):
                task.cancel()
            # the broker last, so that the others can commit what they hold
            first = [service for name, service in self._services.items() if name != "kafka"]
            await asyncio.gather(*(service.stop() for service in first))
            await self._services["kafka"].stop()
            self._state_file.unlink(missing_ok=True)

    def _publish(self, control_port: int) -> None:
        state = {"pid": os.getpid(), "control_port": control_port, "token": self._token, "ports": self._ports}
        temporary = self._state_file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(state))
        temporary.replace(self._state_file)
        (self._home / "ports.json").write_text(json.dumps(self._ports))

    # -- leases ------------------------------------------------------------------------------------------------

    def _expect_lease(self, seconds: float) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        if self._leases == 0 and not self._pinned:
            log.info("nobody uses the stack any more: stopping")
            self._stop.set()

    # -- control -----------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        leased = False
        try:
            while line := await reader.readline():
                request = json.loads(line)
                if not secrets.compare_digest(str(request.get("token", "")), self._token):
                    return
                if request["do"] == "lease" and not leased:
                    leased = True
                    self._leases += 1
                answer = await self._answer(request)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ValueError, KeyError, ConnectionError, asyncio.LimitOverrunError):
            return
        finally:
            if leased:
                self._leases -= 1
                if self._leases == 0:
                    self._expect_lease(_LAST_LEASE)
            writer.close()

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        action, service = request["do"], self._services.get(str(request.get("service")))
        if action in ("start", "stop", "restart"):
            if service is None:
                return {
                    "error": f"there is no service {request.get('service')!r}; there are: {', '.join(self._services)}"
                }
            if action != "start":
                await service.stop()
            if action != "stop":
                service.start()
        elif action == "pin":
            self._pinned = bool(request.get("value", True))
        elif action == "shutdown":
            self._stop.set()
        elif action not in ("lease", "status"):
            return {"error": f"unknown request {action!r}"}
        return {
            "services": [s.status() for s in self._services.values()],
            "pinned": self._pinned,
            "leases": self._leases,
        }
