"""Every request that changes something, as a line that can be pasted into a shell."""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_KEPT = 500
_FILE_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """One request: when (seconds since the epoch), the line, how it ended ("" for well), and how long it took (seconds)."""

    at: float
    line: str
    failure: str = ""
    seconds: float | None = None


def curl(method: str, url: str, body: Any = None) -> str:
    """A request as a curl command."""
    parts = ["curl", "-sS", "-X", method, url]
    if body is not None:
        parts += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return shlex.join(parts)


class CommandLog:
    """The latest commands, also appended to a file in the home folder."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self.commands: deque[Command] = deque(maxlen=_KEPT)

    def saved(self) -> list[Command]:
        """The commands in the file, those of earlier runs too; the latest of them."""
        if self._path is None or not self._path.exists():
            return list(self.commands)
        found: deque[Command] = deque(maxlen=_KEPT)
        with self._path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                with contextlib.suppress(ValueError, KeyError, TypeError):  # a line cut by a crash
                    entry = json.loads(line)
                    found.append(
                        Command(
                            float(entry["at"]), str(entry["line"]), str(entry.get("failure", "")), entry.get("seconds")
                        )
                    )
        return list(found)

    def note(self, line: str, failure: str = "", *, seconds: float | None = None) -> None:
        """Keeps a command; `seconds` is how long it took."""
        command = Command(self._clock(), line, failure, None if seconds is None else round(seconds, 3))
        self.commands.append(command)
        if self._path is None:
            return
        with contextlib.suppress(OSError):  # a full disk must not stop the action itself
            if self._path.exists() and self._path.stat().st_size > _FILE_LIMIT:
                self._path.replace(self._path.with_suffix(".jsonl.1"))
            with self._path.open("a") as file:
                file.write(json.dumps(asdict(command)) + "\n")
