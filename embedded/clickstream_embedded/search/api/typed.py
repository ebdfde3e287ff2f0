"""Paths that name a mapping type, `/{index}/{type}/{id}`: what 7 says of them, as an index has the type `_doc` only."""

from __future__ import annotations

from clickstream_embedded.search.api.call import Answer
from clickstream_embedded.search.errors import SearchError, illegal, index_not_found
from clickstream_embedded.search.store import Store


class Missing(Exception):
    """A document that is not there, as its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def check(store: Store, method: str, path: str, raw: bytes) -> tuple[str, ...]:
    """The methods that there are for a path of this form. Raises SearchError or Missing where the method is one of them."""
    parts = path.strip("/").split("/")
    if len(parts) == 2:
        if method == "POST":
            _refuse_write(store, parts[0], parts[1], raw)
        return ("POST",)
    if len(parts) != 3:
        return ()
    index, kind, identifier = parts
    if method in ("PUT", "POST"):
        _refuse_write(store, index, kind, raw)
    if method in ("GET", "HEAD", "DELETE"):
        found = store.indices.resolve(index, ignore_missing=True, closed=True)
        if not found or "*" in index:
            error = index_not_found(index, named=True)
            error.entry["resource.type"] = "index_expression"
            raise error
        name = next(iter(found))
        if method != "DELETE":
            raise Missing(Answer({"_index": name, "_type": kind, "_id": identifier, "found": False}, 404))
        _refuse_write(store, index, kind, b"{}")
    return ("GET", "HEAD", "POST", "PUT", "DELETE")


def _refuse_write(store: Store, index: str, kind: str, raw: bytes) -> None:
    if not raw.strip():
        raise SearchError(400, "parse_exception", "request body is required")
    if index not in store.indices.all:
        store.indices.check_name(index)
    raise illegal(
        f"Rejecting mapping update to [{index}] as the final mapping would have more than 1 type: [_doc, {kind}]"
    )
