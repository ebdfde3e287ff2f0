"""What the engine tells, typed."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_compose.errors import CAUSES, last_line

PROJECT_LABEL, SERVICE_LABEL = "com.docker.compose.project", "com.docker.compose.service"


@dataclass(frozen=True, slots=True)
class Port:
    """A published port: `inside` the container, at `address`:`outside` of the host."""

    inside: int
    outside: int
    address: str
    protocol: str = "tcp"

    def __str__(self) -> str:
        return f"{self.address}:{self.outside}"


@dataclass(frozen=True, slots=True)
class Container:
    """A service's container.

    `state` is created, running, paused, restarting, removing, exited or dead; `health` is healthy, unhealthy, starting
    or "" where it has no check, `health_log` what the last check printed; `started` and `finished` are RFC 3339 times.
    """

    id: str
    service: str
    name: str
    state: str
    health: str = ""
    image: str = ""
    ports: tuple[Port, ...] = ()
    restarts: int = 0
    exit_code: int = 0
    out_of_memory: bool = False
    error: str = ""
    health_log: str = ""
    failing_checks: int = 0
    started: str = ""
    finished: str = ""
    memory_limit: int = 0  # bytes, 0 where there is none

    @property
    def ready(self) -> bool:
        return self.state == "running" and self.health in ("", "healthy")

    @property
    def done(self) -> bool:
        """Whether it was made to do one thing, and did it."""
        return self.state == "exited" and self.exit_code == 0 and not self.out_of_memory

    @property
    def reason(self) -> str:
        """Why it is not ready, "" where it is."""
        if self.ready:
            return ""
        if self.out_of_memory:
            limit = f" of {self.memory_limit // 2**20} MiB" if self.memory_limit else ""
            return f"killed: it went over its memory limit{limit}"
        if self.state in ("exited", "dead"):
            return self.error or f"ended with {self.exit_code}"
        if self.state == "restarting":
            return f"ended with {self.exit_code} and starts again, restart {self.restarts}"
        if self.health == "unhealthy":
            return f"its check failed {self.failing_checks} times: {self.health_log or 'it printed nothing'}"
        return self.error or self.health or self.state


@dataclass(frozen=True, slots=True)
class Usage:
    """One sample of a container: `cpu_percent` of one core, memory without the page cache and its limit in bytes."""

    cpu_percent: float
    memory: int
    memory_limit: int = 0


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened to a container; `at` in seconds since 1970."""

    at: float
    action: str
    service: str
    container: str
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a container's log; `at` is RFC 3339 with nanoseconds, as the engine wrote it."""

    at: str
    service: str
    text: str


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What a command in a container printed (both streams), and its exit code."""

    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The engine's own machine; memory in bytes."""

    version: str
    memory: int
    cpus: int
    architecture: str
    storage_driver: str
    root_folder: str
    rootless: bool
    cgroups: str
    local: bool  # whether its socket is on this machine


def advice(container: Container, log: str) -> tuple[str, str]:
    """(what happened, what to do) for a container that is not ready; the log's own line decides where it can."""
    if container.ready or container.done:
        return "", ""
    if container.out_of_memory or container.exit_code == 137:
        return (
            f"{container.service} was {container.reason if container.out_of_memory else 'killed (137)'}",
            f"Raise mem_limit of {container.service}, or give the engine more memory; low-memory.yml takes smaller heaps",
        )
    for line in reversed((container.error + "\n" + log).splitlines()):
        for part, cause, cure in CAUSES:
            if part in line.lower() and cause != "The Docker engine does not run":
                return f"{container.service}: {cause}: {line.strip()}", cure
    if container.state == "exited" and container.exit_code == 78:
        return (f"{container.service}: a bootstrap check of Elasticsearch failed: {last_line(log)}",
                "sudo sysctl -w vm.max_map_count=262144")  # fmt: skip
    said = last_line(log)
    return f"{container.service}: {container.reason}" + (f": {said}" if log.strip() else ""), (
        f"Read its log: docker logs {container.name}"
    )
