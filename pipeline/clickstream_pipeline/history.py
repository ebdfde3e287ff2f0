"""The statements that were run, kept over restarts."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from pathlib import Path

_KEPT = 500
_FILE_LIMIT = 1024 * 1024


class History:
    """The latest statements, the newest last; a text that equals the one before is not kept twice."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._texts: deque[str] = deque(maxlen=_KEPT)
        self._place: int | None = None
        self._draft = ""
        if path is not None:
            with contextlib.suppress(OSError):
                for line in path.read_text("utf-8", "replace").splitlines():
                    with contextlib.suppress(ValueError):  # a line cut by a crash
                        self._texts.append(str(json.loads(line)))

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self._texts)

    def add(self, text: str) -> None:
        """Keeps a text, in the file too; a file that cannot be written is no reason to fail."""
        self._place = None
        text = text.strip()
        if not text or (self._texts and self._texts[-1] == text):
            return
        self._texts.append(text)
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > _FILE_LIMIT:
                self._path.write_text("".join(json.dumps(each) + "\n" for each in self._texts), "utf-8")
            else:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(text) + "\n")

    def step(self, by: int, current: str) -> str | None:
        """The text `by` steps from here (-1 is older); None where there is none. The unfinished text comes back."""
        if self._place is None:
            if by > 0 or not self._texts:
                return None
            self._draft, self._place = current, len(self._texts)
        place = self._place + by
        if place < 0 or place > len(self._texts):
            return None
        self._place = place
        return self._draft if place == len(self._texts) else self._texts[place]
