"""What the doctor knows of the engine, the host and the files; it asks, and judges nothing."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clickstream_compose.command import Compose
from clickstream_compose.engine import DockerEngine
from clickstream_compose.errors import EngineError
from clickstream_compose.model import Container, EngineInfo, advice

PORTS = {"Kafka": 9092, "ksqlDB": 8088, "Connect": 8083, "Elasticsearch": 9200, "Grafana": 3000, "Control Center": 9021}
MEMORY, SMALL_MEMORY = 8 * 2**30, 5 * 2**30  # bytes that the stack wants of the engine, and with low-memory.yml
DISK = 10 * 2**30
MAP_COUNT = 262_144  # what Elasticsearch's bootstrap check asks for
SERVICES = ("zookeeper", "kafka", "connect", "ksqldb-server", "elasticsearch", "grafana", "control-center")
VARIABLES = (
    "REPOSITORY",
    "CONFLUENT_TAG",
    "ELASTIC_TAG",
    "GRAFANA_TAG",
    "DATAGEN_VERSION",
    "ELASTIC_SINK_VERSION",
    "BIND",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known; the checks look at nothing else. None is what cannot be known from here."""

    engine: EngineInfo | None = None
    engine_error: str = ""  # why the engine cannot be used, "" where it can
    engine_hint: str = ""
    compose: str = "docker compose"  # the compose command, "" where there is none
    overlays: tuple[str, ...] = ()
    disk: int | None = None  # bytes free where the engine keeps its data
    map_count: int | None = None  # of the engine's machine
    taken: dict[str, int] = field(default_factory=dict[str, int])  # service -> port that another program has
    leftovers: tuple[str, ...] = ()  # containers of another project with our names
    failing: tuple[tuple[str, str], ...] = ()  # (what, cure) of the project's own containers
    scripts: tuple[str, ...] = ()  # scripts without the run bit
    windows_ends: tuple[str, ...] = ()  # files with Windows' line ends
    unset: tuple[str, ...] = ()  # variables that the environment file leaves out


async def gather(
    folder: Path,
    project: str,
    engine: DockerEngine | None = None,
    overlays: Sequence[str] = (),
    scripts: Path | None = None,
) -> Facts:
    """Asks the engine, and looks at the files.

    Args:
        folder: Where the compose files and `.env` are.
        project: Name of the compose project.
        overlays: Names of the overlays in force.
        scripts: Folder that is mounted as /scripts, where it is another one than `folder`'s neighbour.
    """
    own = engine is None
    engine = engine or DockerEngine()
    info: EngineInfo | None = None
    error = hint = ""
    found: list[Container] = []
    leftovers: tuple[str, ...] = ()
    failing: tuple[tuple[str, str], ...] = ()
    try:
        info = await engine.info()
        found = await engine.containers(project)
        names = await engine.names()
        leftovers = tuple(sorted(name for name in SERVICES if names.get(name, project) != project))
        failing = tuple([await _failure(engine, each) for each in found if _fails(each)])
    except EngineError as refused:
        error, hint = refused.message, refused.hint
    finally:
        if own:
            await engine.close()
    here = info is not None and info.local
    shell = sorted([*folder.glob("*.sh"), *(scripts or folder.parent / "scripts").glob("*.sh")])
    files = [*shell, *folder.glob("*.yml"), folder / ".env"]
    return Facts(
        engine=info, engine_error=error, engine_hint=hint, compose=await _compose(project, engine), overlays=tuple(overlays),
        disk=_free(info.root_folder) if here and info is not None else None, map_count=_map_count() if here else None,
        taken={} if found or not here else _taken(), leftovers=leftovers, failing=failing,
        scripts=tuple(str(path) for path in shell if not os.access(path, os.X_OK)),
        windows_ends=tuple(str(path) for path in files if path.exists() and b"\r\n" in path.read_bytes()),
        unset=_unset(folder / ".env"),
    )  # fmt: skip


def _fails(each: Container) -> bool:
    return not each.done and (
        each.state in ("exited", "dead", "restarting") or each.health == "unhealthy" or each.out_of_memory
    )


async def _failure(engine: DockerEngine, each: Container) -> tuple[str, str]:
    return advice(each, "\n".join(line.text for line in await engine.logs([each], 50)))


async def _compose(project: str, engine: DockerEngine) -> str:
    try:
        return " ".join((await Compose(project, [], engine.connection).command())[0])
    except EngineError:
        return ""


def _unset(file: Path) -> tuple[str, ...]:
    text = file.read_text("utf-8", "replace") if file.exists() else ""
    known = {line.partition("=")[0].strip() for line in text.splitlines() if line.partition("=")[2].strip()}
    return tuple(name for name in VARIABLES if name not in known and not os.environ.get(name))


def _free(folder: str) -> int | None:
    path = Path(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None


def _taken() -> dict[str, int]:
    found: dict[str, int] = {}
    for service, port in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                found[service] = port
    return found


def _map_count() -> int | None:
    try:
        return int(Path("/proc/sys/vm/max_map_count").read_text())
    except (OSError, ValueError):
        return None  # not Linux: the engine has a machine of its own
