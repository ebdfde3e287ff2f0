"""Scrolls: what a search found, kept on disk until it was read or its time is over."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search import durations, times
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import SearchError, ShardError, illegal
from clickstream_embedded.search.request import Search

MOST = 500  # `search.max_open_scroll_context`
_LONGEST = 24 * 3_600_000  # `search.max_keep_alive`


@dataclass(slots=True)
class Scroll:
    """One open scroll: where it stands in the rows kept for it."""

    number: int
    search: Search
    total: Any
    best: float | None
    shards: dict[str, Any]
    ends: float  # on the monotonic clock
    place: int = 0
    ended: bool = False  # whether a page after the first left documents behind it

    @property
    def terminated(self) -> dict[str, bool]:
        """`terminated_early` of a page, which only those tell that go through the index in its own order."""
        names = [key.name for key in self.search.sort]
        plain = self.search.query is None or "match_all" in self.search.query.shown
        if names == ["_doc"]:
            return {"terminated_early": self.ended}
        return {"terminated_early": False} if not names and plain else {}


def keep_alive(text: str) -> float:
    """Seconds of the time that a scroll is kept. Raises SearchError."""
    millis = int(durations.millis(text, "scroll"))
    if millis > _LONGEST:
        raise ShardError(
            "illegal_argument_exception", f"Keep alive for scroll ({times.written_span(millis)}) is too large. It must be less than (1d). This limit can be set by changing the "
                      "[search.max_keep_alive] cluster level setting.")  # fmt: skip
    return millis / 1000


def _beyond(name: str) -> str:
    """What Java says of an id that is too short for the text that its first byte tells the length of."""
    try:
        raw = base64.urlsafe_b64decode(name.encode() + b"=" * (-len(name) % 4))
    except ValueError:
        raw = b""
    if not raw:
        return "arraycopy: last source index out of bounds"
    return f"arraycopy: last source index {raw[0] + 1} out of bounds for byte[{len(raw)}]"


class Scrolls:
    """The open scrolls. Whoever calls holds the lock of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: dict[str, Scroll] = {}
        self._next = 0
        database.run(
            "CREATE TEMP TABLE scrolls (scroll INTEGER, place INTEGER, idx TEXT, id TEXT, score REAL, sorted TEXT)"
        )
        database.run("CREATE INDEX temp.scrolls_place ON scrolls (scroll, place)")

    def expire(self) -> None:
        """Ends those whose time is over."""
        for name in [name for name, each in self._open.items() if each.ends < time.monotonic()]:
            self.close(name)

    def open(
        self,
        search: Search,
        rows: list[tuple[Any, ...]],
        total: Any,
        best: float | None,
        shards: dict[str, Any],
        seconds: float,
        shown: int = 0,
    ) -> str:
        """Keeps rows of (index, id, score, values of the sort); the scroll's id. Raises SearchError where there are too many."""
        self.expire()
        if len(self._open) >= MOST:
            reason = (
                f"Trying to create too many scroll contexts. Must be less than or equal to: [{MOST}]. "
                "This limit can be set by changing the [search.max_open_scroll_context] setting."
            )
            raise SearchError(500, "exception", reason)
        self._next += 1
        name = base64.urlsafe_b64encode(
            b"DXF1ZXJ5QW5kRmV0Y2g:" + str(self._next).encode() + b":" + secrets.token_bytes(24)
        ).decode()
        self._database.run("BEGIN")
        for place, (index, identifier, score, *values) in enumerate(rows):
            self._database.run("INSERT INTO temp.scrolls VALUES (?, ?, ?, ?, ?, ?)",
                               (self._next, place, index, identifier, score, json.dumps(values)))  # fmt: skip
        self._database.run("COMMIT")
        self._open[name] = Scroll(self._next, search, total, best, shards, time.monotonic() + seconds, shown)
        return name

    def get(self, name: str, seconds: float | None = None) -> Scroll:
        """Raises SearchError for what is no id, and for one that is over."""
        self.expire()
        found = self._open.get(name)
        if found is None:
            raise self.unknown(name)
        if seconds is not None:
            found.ends = time.monotonic() + seconds
        return found

    @staticmethod
    def unknown(name: str) -> SearchError:
        """What is said of an id that no open scroll has."""
        try:
            number = base64.urlsafe_b64decode(name.encode()).split(b":")[1].decode("ascii")
        except (ValueError, IndexError):
            short = len(name.rstrip("=")) % 4 == 1
            cause = {"type": "illegal_argument_exception", "reason": "Last unit does not have enough valid bits"} if short else {
                "type": "array_index_out_of_bounds_exception", "reason": _beyond(name)}  # fmt: skip
            return illegal("Cannot parse scroll id", caused_by=cause)
        cause = {"type": "search_context_missing_exception", "reason": f"No search context found for id [{number}]"}
        failed = [{"shard": -1, "index": None, "reason": cause}]
        return SearchError(404, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True, failed_shards=failed,
                           caused_by=cause, root_cause=[cause])  # fmt: skip

    def page(self, scroll: Scroll, size: int) -> list[tuple[Any, ...]]:
        """The next rows of a scroll, which it then stands behind."""
        rows = self._database.rows("SELECT idx, id, score, sorted FROM temp.scrolls WHERE scroll = ? AND place >= ? AND place < ? ORDER BY place",
                                   (scroll.number, scroll.place, scroll.place + size))  # fmt: skip
        more = self._database.row(
            "SELECT 1 FROM temp.scrolls WHERE scroll = ? AND place >= ? LIMIT 1", (scroll.number, scroll.place + size)
        )
        scroll.ended = scroll.ended or more is not None
        scroll.place += size
        return [(index, identifier, score, *json.loads(values)) for index, identifier, score, values in rows]

    def close(self, name: str) -> int:
        """Ends one; how many shards it was open on, 0 where there was none."""
        found = self._open.pop(name, None)
        if found is not None:
            self._database.run("DELETE FROM temp.scrolls WHERE scroll = ?", (found.number,))
        return 0 if found is None else int(found.shards["total"])

    def names(self) -> list[str]:
        return list(self._open)
