"""Preflight checks of the Docker stack: one for each known way in which the tutorial fails, with cause and cure."""

from __future__ import annotations

import os
import platform
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clickstream_compose.engine import Engine, EngineError

PORTS = {"Kafka": 9092, "ksqlDB": 8088, "Connect": 8083, "Elasticsearch": 9200, "Grafana": 3000, "Control Center": 9021}
MEMORY = 8 * 2**30  # bytes that the whole stack wants of the engine
DISK = 10 * 2**30
MAP_COUNT = 262_144  # what Elasticsearch's bootstrap check wants


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the host and the engine; the checks look at nothing else."""

    docker: str = ""  # path of the command
    engine: str = ""  # why the engine cannot be used, "" where it can
    engine_hint: str = ""
    compose: str = ""  # the compose command, "" where there is none
    memory: int = MEMORY  # of the engine
    disk: int = DISK
    map_count: int = MAP_COUNT
    taken: dict[str, int] = field(default_factory=dict[str, int])  # service -> port that another program has
    leftovers: tuple[str, ...] = ()  # containers of another project with our names
    scripts: tuple[str, ...] = ()  # scripts without the run bit
    windows_ends: tuple[str, ...] = ()  # files with Windows' line ends
    env_empty: bool = False
    machine: str = "x86_64"
    memlock: bool = True  # whether limits can be raised


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what to do. `fix` is a safe remedy that can be applied at once."""

    check: str
    cause: str
    cure: str
    fix: Callable[[], None] | None = None


def check_docker(facts: Facts) -> Problem | None:
    if facts.docker:
        return None
    return Problem("docker", "The command docker is not here", "Install Docker: https://docs.docker.com/engine/install")


def check_engine(facts: Facts) -> Problem | None:
    if not facts.docker or not facts.engine:
        return None
    return Problem("engine", facts.engine, facts.engine_hint or "Start it: sudo systemctl start docker")


def check_compose(facts: Facts) -> Problem | None:
    if not facts.docker or facts.engine or facts.compose:
        return None
    return Problem("compose", "Docker has no compose", "Install the package docker-compose-plugin")


def check_memory(facts: Facts) -> Problem | None:
    if facts.engine or facts.memory >= MEMORY * 0.95:
        return None
    return Problem("memory", f"The engine has {facts.memory / 2**30:.1f} GiB of memory; the whole stack wants 8",
                   "Give it more, or add the overlay low-memory.yml")  # fmt: skip


def check_disk(facts: Facts) -> Problem | None:
    if facts.disk >= DISK:
        return None
    return Problem("disk", f"Only {facts.disk / 2**30:.1f} GiB of disk are free; images and data want 10",
                   "Free some: docker system prune")  # fmt: skip


def check_map_count(facts: Facts) -> Problem | None:
    if facts.map_count >= MAP_COUNT:
        return None
    return Problem("vm.max_map_count", f"vm.max_map_count is {facts.map_count}; Elasticsearch ends with 78 below {MAP_COUNT}",
                   f"sudo sysctl -w vm.max_map_count={MAP_COUNT}")  # fmt: skip


def check_ports(facts: Facts) -> Problem | None:
    if not facts.taken:
        return None
    shown = ", ".join(f"{port} ({service})" for service, port in sorted(facts.taken.items(), key=lambda item: item[1]))
    return Problem("ports", f"Ports of the stack are taken: {shown}", "Stop what uses them: `ss -ltnp` shows it")


def check_leftovers(facts: Facts) -> Problem | None:
    if not facts.leftovers:
        return None
    return Problem("containers", f"Containers of another demo are in the way: {', '.join(facts.leftovers)}",
                   f"Remove them: docker rm -f {' '.join(facts.leftovers)}")  # fmt: skip


def check_scripts(facts: Facts) -> Problem | None:
    if not facts.scripts:
        return None

    def fix() -> None:
        for name in facts.scripts:
            path = Path(name)
            path.chmod(path.stat().st_mode | 0o111)

    return Problem("scripts", f"Scripts cannot be run (permission denied): {', '.join(facts.scripts)}",
                   f"chmod +x {' '.join(facts.scripts)}", fix)  # fmt: skip


def check_line_ends(facts: Facts) -> Problem | None:
    if not facts.windows_ends:
        return None

    def fix() -> None:
        for name in facts.windows_ends:
            path = Path(name)
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))

    return Problem("line ends", f"Files have Windows' line ends, which shells do not take: {', '.join(facts.windows_ends)}",
                   "Check out with core.autocrlf=input", fix)  # fmt: skip


def check_environment(facts: Facts) -> Problem | None:
    if not facts.env_empty:
        return None
    return Problem(".env", "compose/.env is missing or empty, so no version is set", "git checkout compose/.env")


def check_machine(facts: Facts) -> Problem | None:
    if facts.machine in ("x86_64", "amd64", "arm64", "aarch64"):
        return None
    return Problem("processor", f"There are no images for {facts.machine}", "Use the profile embedded")


def check_limits(facts: Facts) -> Problem | None:
    if facts.memlock:
        return None
    return Problem("limits", "This host refuses to raise resource limits (error setting rlimit)",
                   "Add the overlay no-ulimits.yml")  # fmt: skip


CHECKS: tuple[Callable[[Facts], Problem | None], ...] = (
    check_docker, check_engine, check_compose, check_memory, check_disk, check_map_count, check_limits, check_ports,
    check_leftovers, check_scripts, check_line_ends, check_environment, check_machine,
)  # fmt: skip


def problems(facts: Facts) -> list[Problem]:
    """What is wrong, in the order in which it would be met."""
    return [found for check in CHECKS if (found := check(facts)) is not None]


def _taken(project_runs: bool) -> dict[str, int]:
    if project_runs:
        return {}  # they are taken by the stack itself
    found: dict[str, int] = {}
    for service, port in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                found[service] = port
    return found


def _map_count() -> int:
    try:
        return int(Path("/proc/sys/vm/max_map_count").read_text())
    except (OSError, ValueError):
        return MAP_COUNT  # not Linux: the engine's own machine has it


def _limits() -> bool:
    try:
        import resource

        return resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY or os.geteuid() == 0
    except (ImportError, ValueError, OSError):
        return True


async def gather(folder: Path, project: str, engine: Engine | None = None) -> Facts:
    """Looks at the host, the engine and the files in `folder`."""
    engine = engine or Engine()
    docker = shutil.which("docker") or ""
    why = hint = compose = ""
    memory = MEMORY
    leftovers: tuple[str, ...] = ()
    runs = False
    if docker:
        try:
            memory = int((await engine.run("info", "--format", "{{.MemTotal}}", timeout=15)).strip() or MEMORY)
            names = (await engine.run("ps", "-a", "--format", "{{.Names}}")).split()
            runs = bool(await engine.containers(project))
            ours = {"zookeeper", "kafka", "ksqldb-server", "elasticsearch", "grafana", "control-center"}
            leftovers = tuple(sorted(ours & set(names)))
        except EngineError as error:
            why, hint = error.message, error.hint
        else:
            try:
                compose = " ".join(await engine.compose_command())
            except EngineError:
                compose = ""
    scripts = sorted(folder.glob("*.sh"))
    text_files = [*scripts, *folder.glob("*.yml"), folder / ".env"]
    environment = folder / ".env"
    return Facts(
        docker=docker, engine=why, engine_hint=hint, compose=compose, memory=memory,
        disk=shutil.disk_usage(folder).free, map_count=_map_count(), taken=_taken(runs), leftovers=leftovers,
        scripts=tuple(str(path) for path in scripts if not os.access(path, os.X_OK)),
        windows_ends=tuple(str(path) for path in text_files if path.exists() and b"\r\n" in path.read_bytes()),
        env_empty=not environment.exists() or not environment.read_text("utf-8", "replace").strip(),
        machine=platform.machine(), memlock=_limits(),
    )  # fmt: skip
