"""Preflight checks of the Docker stack: one for each known way in which the tutorial fails, with cause and cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from clickstream_compose.facts import DISK, MAP_COUNT, MEMORY, SMALL_MEMORY, Facts, gather

__all__ = ["CHECKS", "Facts", "Finding", "Severity", "findings", "gather"]
_HARD_DISK = 2**30  # below this nothing starts


class Severity(Enum):
    """ERROR keeps the stack from working; WARNING may."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and what to do. `fix` is a safe remedy that can be applied at once, and says what it did."""

    check: str
    severity: Severity
    cause: str
    cure: str
    fix: Callable[[], str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as `doctor --json` prints it."""
        return {"check": self.check, "severity": self.severity.value, "cause": self.cause, "cure": self.cure,
                "fixable": self.fix is not None}  # fmt: skip


def _error(check: str, cause: str, cure: str, fix: Callable[[], str] | None = None) -> Finding:
    return Finding(check, Severity.ERROR, cause, cure, fix)


def _warning(check: str, cause: str, cure: str) -> Finding:
    return Finding(check, Severity.WARNING, cause, cure)


def check_engine(facts: Facts) -> Finding | None:
    if not facts.engine_error:
        return None
    return _error("engine", facts.engine_error, facts.engine_hint or "Start it: sudo systemctl start docker")


def check_compose(facts: Facts) -> Finding | None:
    if facts.compose:
        return None
    return _error("compose", "Docker has no compose", "Install the package docker-compose-plugin, or docker-compose")


def check_architecture(facts: Facts) -> Finding | None:
    if facts.engine is None or facts.engine.architecture in ("x86_64", "amd64"):
        return None
    if facts.engine.architecture not in ("aarch64", "arm64"):
        return _error("processor", f"There are no images for {facts.engine.architecture}", "Use the profile embedded")
    if "tutorial" not in facts.overlays:
        return None
    return _error("processor", f"The tutorial's old images exist for x86_64 only, and the engine runs on {facts.engine.architecture}",
                  "Leave the overlay tutorial away, or use an engine that emulates x86_64")  # fmt: skip


def check_memory(facts: Facts) -> Finding | None:
    wanted = SMALL_MEMORY if "low-memory" in facts.overlays else MEMORY
    if facts.engine is None or facts.engine.memory >= wanted * 0.95:
        return None
    return _warning("memory", f"The engine has {facts.engine.memory / 2**30:.1f} GiB of memory; the stack wants {wanted // 2**30}",
                    "Give the engine more" if "low-memory" in facts.overlays else "Give the engine more, or add the overlay low-memory.yml")  # fmt: skip


def check_disk(facts: Facts) -> Finding | None:
    if facts.disk is None or facts.disk >= DISK:
        return None
    report = _error if facts.disk < _HARD_DISK else _warning
    return report("disk", f"Only {facts.disk / 2**30:.1f} GiB are free where the engine keeps images and data; they want {DISK // 2**30}",
                  "Free some: docker system prune")  # fmt: skip


def check_storage(facts: Facts) -> Finding | None:
    if facts.engine is None or facts.engine.storage_driver != "vfs":
        return None
    return _warning("storage driver", "The engine's storage driver is vfs, which copies every layer of an image whole",
                    "Use overlay2, or expect several times the disk space")  # fmt: skip


def check_map_count(facts: Facts) -> Finding | None:
    if facts.map_count is None or facts.map_count >= MAP_COUNT:
        return None
    return _warning("vm.max_map_count", f"vm.max_map_count is {facts.map_count}, below the {MAP_COUNT} that Elasticsearch asks for; "
                    "as a single node (discovery.type) it starts all the same and logs a warning",
                    f"sudo sysctl -w vm.max_map_count={MAP_COUNT}")  # fmt: skip


def check_limits(facts: Facts) -> Finding | None:
    if facts.engine is None or not facts.engine.rootless or "no-ulimits" in facts.overlays:
        return None  # a container's limits come from the engine, which runs as root, not from this shell's user
    return _warning("limits", "The engine is rootless, so it may refuse to lift memlock (error setting rlimit)",
                    "Add the overlay no-ulimits.yml")  # fmt: skip


def check_ports(facts: Facts) -> Finding | None:
    if not facts.taken:
        return None
    shown = ", ".join(f"{port} ({service})" for service, port in sorted(facts.taken.items(), key=lambda item: item[1]))
    return _error("ports", f"Ports of the stack are taken: {shown}", "Stop what uses them: `ss -ltnp` shows it")


def check_leftovers(facts: Facts) -> Finding | None:
    if not facts.leftovers:
        return None
    return _error("containers", f"Containers of another demo are in the way: {', '.join(facts.leftovers)}",
                  f"Remove them: docker rm -f {' '.join(facts.leftovers)}")  # fmt: skip


def check_containers(facts: Facts) -> Finding | None:
    if not facts.failing:
        return None
    return _error(
        "services",
        "; ".join(cause for cause, _ in facts.failing),
        "; ".join(dict.fromkeys(cure for _, cure in facts.failing)),
    )


def check_scripts(facts: Facts) -> Finding | None:
    if not facts.scripts:
        return None

    def fix() -> str:
        for name in facts.scripts:
            path = Path(name)
            path.chmod(path.stat().st_mode | 0o111)
        return f"set the run bit of {', '.join(facts.scripts)}"

    return _error("scripts", f"Scripts cannot be run (permission denied): {', '.join(facts.scripts)}",
                  f"chmod +x {' '.join(facts.scripts)}", fix)  # fmt: skip


def check_line_ends(facts: Facts) -> Finding | None:
    if not facts.windows_ends:
        return None

    def fix() -> str:
        for name in facts.windows_ends:
            path = Path(name)
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
        return f"took Windows' line ends out of {', '.join(facts.windows_ends)}"

    return _error("line ends", f"Files have Windows' line ends, which shells do not take: {', '.join(facts.windows_ends)}",
                  "Check out with core.autocrlf=input", fix)  # fmt: skip


def check_environment(facts: Facts) -> Finding | None:
    if not facts.unset:
        return None
    return _error(
        ".env",
        f"compose/.env is missing or leaves versions unset: {', '.join(facts.unset)}",
        "git checkout compose/.env",
    )


CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    check_engine, check_compose, check_architecture, check_memory, check_disk, check_storage, check_map_count, check_limits,
    check_ports, check_leftovers, check_containers, check_scripts, check_line_ends, check_environment,
)  # fmt: skip


def findings(facts: Facts) -> list[Finding]:
    """What is wrong, in the order in which it would be met."""
    return [found for check in CHECKS if (found := check(facts)) is not None]
