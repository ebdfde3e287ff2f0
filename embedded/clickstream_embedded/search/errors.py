"""Errors in the shape of Elasticsearch's."""

from __future__ import annotations

from typing import Any


class SearchError(Exception):
    """A request that cannot be done."""

    def __init__(self, status: int, kind: str, reason: str, **more: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.entry = {"type": kind, "reason": reason, **more}

    def body(self) -> dict[str, Any]:
        cause = self.entry.get("caused_by") or self.entry
        return {"error": {"root_cause": [cause], **self.entry}, "status": self.status}


def index_not_found(name: str, *, named: bool) -> SearchError:
    """What is said of a missing index; since 7 the reason names it."""
    more = {"resource.type": "index_or_alias", "resource.id": name, "index_uuid": "_na_", "index": name}
    return SearchError(
        404, "index_not_found_exception", f"no such index [{name}]" if named else "no such index", **more
    )
