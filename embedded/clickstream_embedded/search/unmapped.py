"""What stands for the value of a field that no index has, in a sort by it."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.mapping import REAL, WHOLE


def stand_in(kind: str, missing: Any) -> Any:
    """The value of `missing` by the type that the field is to have, `unmapped_type`. Raises ShardError for what is none."""
    if kind not in (*WHOLE, *REAL, "date", "boolean"):
        return str(missing)
    number = isinstance(missing, int | float) and not isinstance(missing, bool)
    text = str(missing).lower() if isinstance(missing, bool) else str(missing)
    try:
        made = missing if number else float(text) if kind in REAL else int(text)
    except ValueError:
        raise ShardError("number_format_exception", f'For input string: "{text}"') from None
    return float(made) if kind in REAL else int(made)
