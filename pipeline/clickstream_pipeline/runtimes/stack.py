"""Which services there are, how they are, and what can be done with them: one answer for each profile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Service
from clickstream_pipeline.server_checks import ServerChecks


class Stack(Protocol):
    """The services of one profile. `connected` says whether they can be asked about."""

    home: Path

    @property
    def connected(self) -> bool: ...

    async def attach(self) -> bool:
        """Joins services that run; False where there are none."""
        ...

    async def ensure(self, *, lease: bool = True) -> bool:
        """Joins the services, starting them where they do not run; True where they were started here."""
        ...

    async def services(self) -> tuple[Service, ...]: ...

    async def act(self, action: str, service: str) -> None:
        """start, stop or restart."""
        ...

    def command(self, action: str, service: str) -> str:
        """What `act` does, as a line of a shell."""
        ...

    async def logs(self, service: str) -> str:
        """The end of a service's log."""
        ...

    async def pin(self) -> None:
        """Keeps them running when this process ends."""
        ...

    async def shutdown(self) -> None: ...

    async def close(self) -> None: ...

    def addresses(self) -> dict[str, str]:
        """The address of each server by name; empty where they are not known."""
        ...


class RemoteStack:
    """Clusters that exist: nothing of theirs can be started or stopped from here.

    Args:
        home: the folder of this console's own state.
        servers: how each server is reached, by name.
    """

    def __init__(self, home: Path, servers: Mapping[str, Credentials]) -> None:
        self.home = home
        self._servers = dict(servers)
        self._checks = ServerChecks(servers)

    @property
    def connected(self) -> bool:
        return True

    async def attach(self) -> bool:
        return True

    async def ensure(self, *, lease: bool = True) -> bool:
        return False

    async def services(self) -> tuple[Service, ...]:
        """Each server as it answers now, with version and latency, or why it does not."""
        return tuple(check.as_service() for check in await self._checks.look())

    async def act(self, action: str, service: str) -> None:
        raise PipelineError(f"The profile remote cannot {action} {service}: its servers are not run from here")

    def command(self, action: str, service: str) -> str:
        return f"# {action} {service}"

    async def logs(self, service: str) -> str:
        raise PipelineError(f"The log of {service} is with its server, which is not run from here")

    async def pin(self) -> None:
        """They run anyway."""

    async def shutdown(self) -> None:
        raise PipelineError("The profile remote has nothing to stop: its servers are not run from here")

    async def close(self) -> None:
        await self._checks.close()

    def addresses(self) -> dict[str, str]:
        return {name: access.url for name, access in self._servers.items()}
