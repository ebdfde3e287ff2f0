"""A log that is asked for again and again, as what is new in it."""

from __future__ import annotations

_OVERLAP = 20  # lines by which the end of what was seen is found again


class LogFollow:
    """Tells which lines of the end of a log were not there the last time."""

    def __init__(self) -> None:
        self._last: list[str] = []

    def new(self, lines: list[str]) -> list[str]:
        """The lines after those seen; all of them where the log no longer holds these: it was rotated, or is another's."""
        seen = self._last[-_OVERLAP:]
        self._last = lines[-_OVERLAP:] or self._last
        if not seen:
            return lines
        for end in range(len(lines), len(seen) - 1, -1):
            if lines[end - len(seen) : end] == seen:
                return lines[end:]
        return lines
