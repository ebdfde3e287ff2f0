"""A log that is asked for again and again, as what is new in it; several logs as one, by time."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?")
_STAMP = 60  # characters within which a line's time stands
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


def merged(logs: Mapping[str, Sequence[str]]) -> list[str]:
    """Lines of several logs by their times, each behind the name of its log.

    Args:
        logs: the lines by the names of the logs. One without a time, such as those of a trace, stays behind the line before.
    """
    width = max(map(len, logs), default=0)
    parts = [[(moment, f"{name:<{width}} │ {line}") for moment, line in _timed(lines)] for name, lines in logs.items()]
    return [line for _, line in heapq.merge(*parts, key=lambda each: each[0])]


def _timed(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    moment = ""
    for line in lines:
        found = _MOMENT.search(line[:_STAMP])
        moment = moment if found is None else found[0].replace("T", " ").replace(",", ".")
        yield moment, line
