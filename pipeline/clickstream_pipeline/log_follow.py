"""A log that is asked for again and again, as what is new in it."""

from __future__ import annotations

import re
from collections.abc import Callable

from clickstream_pipeline.errors import Misuse

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


def line_filter(text: str) -> Callable[[str], bool] | None:
    """What is shown of a log: lines with a regular expression, whatever its case; `!` before it turns that round.

    Args:
        text: what was typed; nothing shows everything.

    Raises:
        Misuse: it is no regular expression.
    """
    text = text.strip()
    inverse = text.startswith("!")
    wanted = text[1:] if inverse else text
    if not wanted:
        return None
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error as error:
        raise Misuse(f"'{wanted}' is no regular expression: {error}") from error
    return lambda line: (pattern.search(line) is None) == inverse
