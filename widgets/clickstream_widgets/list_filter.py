"""Which rows of a list are shown: those that hold a regular expression, or with `!` before it those that do not."""

from __future__ import annotations

import re
from collections.abc import Callable


class WrongFilter(ValueError):
    """The text is no regular expression; its message says why in words of the console."""


def row_filter(text: str) -> Callable[[str], bool] | None:
    """What a filter means, whatever the case; None for an empty one, which shows all.

    Args:
        text: a regular expression, `!` before it for its opposite.

    Raises:
        WrongFilter: it is none.
    """
    wanted = text.strip()
    opposite = wanted.startswith("!")
    wanted = wanted[1:].strip() if opposite else wanted
    if not wanted:
        return None
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error as error:
        raise WrongFilter(f"'{wanted}' is no regular expression: {error.msg}") from error
    return lambda row: (pattern.search(row) is None) == opposite
