"""What is kept of the query desk from one start to the next: its tabs, and the queries that were saved by name."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

_MOST = 20  # tabs
FIRST = "SELECT * FROM EVENTS_PER_MIN WHERE K1 = 5;"


@dataclass
class Tab:
    """One text of the editor, and the place of its cursor: line and column, from 0."""

    text: str = ""
    line: int = 0
    column: int = 0

    @property
    def title(self) -> str:
        """Its first line that says something."""
        return next((line.strip() for line in self.text.splitlines() if line.strip()), "empty")


@dataclass
class _Kept:
    tabs: list[Tab] = field(default_factory=lambda: [Tab(FIRST)])
    chosen: int = 0
    saved: dict[str, str] = field(default_factory=dict[str, str])


class QueryDesk:
    """Tabs and saved queries, written to a file at each change of them.

    Args:
        path: of the file; None keeps nothing. One that cannot be read is begun anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept = _Kept()
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                self._kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        if not self._kept.tabs:
            self._kept.tabs = [Tab()]
        self._kept.chosen = min(max(self._kept.chosen, 0), len(self._kept.tabs) - 1)

    @property
    def tabs(self) -> list[Tab]:
        """All tabs, in their order."""
        return self._kept.tabs

    @property
    def number(self) -> int:
        """The place of the chosen tab, from 0."""
        return self._kept.chosen

    @property
    def tab(self) -> Tab:
        """The chosen one."""
        return self._kept.tabs[self._kept.chosen]

    @property
    def saved(self) -> dict[str, str]:
        """The saved queries by name."""
        return self._kept.saved

    def write(self, text: str, line: int, column: int) -> None:
        """What stands in the chosen tab."""
        if self.tab != (now := Tab(text, line, column)):
            self._kept.tabs[self._kept.chosen] = now
            self._store()

    def add(self) -> bool:
        """An empty tab behind the others, chosen; False where there are too many."""
        if len(self._kept.tabs) >= _MOST:
            return False
        self._kept.tabs.append(Tab())
        self._kept.chosen = len(self._kept.tabs) - 1
        self._store()
        return True

    def step(self, by: int) -> None:
        """Chooses another tab."""
        self._kept.chosen = (self._kept.chosen + by) % len(self._kept.tabs)
        self._store()

    def close(self) -> Tab:
        """Closes the chosen tab and gives what was in it; there is always one left."""
        closed = self._kept.tabs.pop(self._kept.chosen)
        if not self._kept.tabs:
            self._kept.tabs.append(Tab())
        self._kept.chosen = min(self._kept.chosen, len(self._kept.tabs) - 1)
        self._store()
        return closed

    def save(self, name: str, text: str) -> None:
        """Keeps a query under a name, in place of one that had it."""
        self._kept.saved[name] = text
        self._store()

    def forget(self, name: str) -> None:
        """Keeps a saved query no longer."""
        self._kept.saved.pop(name, None)
        self._store()

    def _store(self) -> None:
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk is no reason to fail while one types
            beside.write_bytes(msgspec.json.encode(self._kept))
            beside.replace(self._path)
