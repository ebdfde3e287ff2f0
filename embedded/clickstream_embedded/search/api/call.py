"""One request, as the endpoints read it, and its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from clickstream_embedded.search.errors import SearchError, illegal, parse_failed
from clickstream_embedded.search.queries.matching import distance
from clickstream_embedded.search.store import Store

# what every endpoint takes
COMMON = {"pretty", "human", "error_trace", "filter_path", "source", "source_content_type"}
DONE = {"acknowledged": True}
TARGETS = {"ignore_unavailable", "allow_no_indices", "expand_wildcards"}


@dataclass(slots=True)
class Answer:
    """The status and the body: JSON, or text."""

    body: Any
    status: int = 200
    text: str | None = None


@dataclass(slots=True)
class Call:
    """A request: its place (`index`, `id`, ...), its parameters and its body."""

    store: Store
    method: str
    path: str
    place: dict[str, str]
    query: dict[str, str]
    raw: bytes = b""
    root: Any = None  # the body once it was read, which errors tell places in
    known: set[str] = field(default_factory=set[str])

    def check(self, known: Iterable[str]) -> None:
        """Raises SearchError for parameters that the endpoint does not take."""
        self.known = {*known, *COMMON}
        odd = sorted(name for name in self.query if name not in self.known)
        if not odd:
            return
        told = ", ".join(f"[{name}]{self._near(name)}" for name in odd)
        raise illegal(f"request [{self.path}] contains unrecognized parameter{'s' if len(odd) > 1 else ''}: {told}")

    def _near(self, name: str) -> str:
        scores = [
            (1 - distance(name, each, 99) / max(len(name), len(each)), each)
            for each in sorted(self.known | {*self.place})
        ]
        close = [each for score, each in sorted(scores, key=lambda pair: (-pair[0], pair[1])) if score > 0.5]
        if not close:
            return ""
        return (
            f" -> did you mean [{close[0]}]?" if len(close) == 1 else f" -> did you mean any of [{', '.join(close)}]?"
        )

    def json(self, default: Any = None, *, needed: bool = False) -> Any:
        """The body as JSON. Raises SearchError."""
        if not self.raw.strip():
            if needed:
                raise SearchError(400, "parse_exception", "request body is required")
            self.root = {} if default is None else default
            return self.root
        try:
            self.root = orjson.loads(self.raw)
        except orjson.JSONDecodeError as error:
            raise parse_failed(self.raw, error) from None
        return self.root

    def object(self, *, needed: bool = False) -> dict[str, Any]:
        """The body as an object. Raises SearchError."""
        body = self.json(needed=needed)
        if not isinstance(body, dict):
            raise SearchError(400, "parse_exception", "Failed to parse content to map", caused_by={
                "type": "json_parse_exception", "reason": "the body is no object"})  # fmt: skip
        return body

    def truth(self, name: str, default: bool = False) -> bool:
        """A parameter that is true or false. Raises SearchError."""
        value = self.query.get(name)
        if value is None:
            return default
        if value in ("true", ""):
            return True
        if value == "false":
            return False
        raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")

    def targets(
        self, expression: str | None = None, *, aliases: bool = True, closed: bool = False
    ) -> dict[str, list[dict[str, Any]] | None]:
        """The indices that the request is about. Raises SearchError."""
        wild = self.query.get("expand_wildcards", "open")
        for each in wild.split(","):
            if each not in ("open", "closed", "none", "all", "hidden"):
                raise illegal(f"No valid expand wildcard value [{each}]")
        return self.store.indices.resolve(
            expression if expression is not None else self.place.get("index"),
            ignore_missing=self.truth("ignore_unavailable"), no_indices=self.truth("allow_no_indices", True),
            aliases=aliases, expand=bool({"open", "all"} & {*wild.split(",")}), closed=closed or bool({"closed", "all"} & {*wild.split(",")}),
        )  # fmt: skip

    def names(self, *, closed: bool = False) -> list[str]:
        return [*self.targets(closed=closed)]

    def split(self, name: str) -> list[str]:
        """A parameter that is a list."""
        return [each for each in re.split(r"\s*,\s*", self.query.get(name, "")) if each]
