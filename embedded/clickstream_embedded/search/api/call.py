"""One request, as the endpoints read it, and its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import json_text
from clickstream_embedded.search.errors import SearchError, content, illegal
from clickstream_embedded.search.queries.forms import token
from clickstream_embedded.search.queries.matching import distance
from clickstream_embedded.search.store import Store

# what every endpoint takes
COMMON = {"format", "pretty", "human", "error_trace", "filter_path", "source", "source_content_type"}
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
        self.root = json_text.read(self.raw)
        return self.root

    def streamed(self, check: Callable[[Any], object]) -> Any:
        """The body of a request whose form is checked while it is read. Raises SearchError."""
        if not self.raw.strip():
            return self.json()
        self.root = json_text.streamed(self.raw, check)
        return self.root

    def _start(self, needed: bool) -> bool:
        if not self.raw.strip():
            self.json(needed=needed)
            return False
        return True

    def object(self, *, needed: bool = False) -> dict[str, Any]:
        """The body as a map, read as a whole: what follows it is passed over. Raises SearchError."""
        if not self._start(needed):
            return self.root
        if not self.raw.lstrip().startswith((b"{", b"\xef\xbb\xbf{", b"/")):
            raise SearchError(500, "not_x_content_exception", "Compressor detection can only be called on some xcontent bytes or "
                              "compressed xcontent bytes")  # fmt: skip
        try:
            self.root = json_text.read(self.raw, only=False)
        except SearchError as error:
            raise SearchError(400, "parse_exception", "Failed to parse content to map", caused_by=error.entry) from None
        return self.root

    def settings(self) -> dict[str, Any]:
        """A body of settings: what is no object holds none. Raises SearchError."""
        if not self._start(True):
            return {}
        self.root = json_text.read(self.raw, only=False)
        return self.root if isinstance(self.root, dict) else {}

    def declared(self, parser: str, known: Iterable[str], *, needed: bool = False) -> dict[str, Any]:
        """A body whose parser declares its fields. Raises SearchError for another field, and for what is no object."""
        if not self._start(needed):
            return self.root
        names = set(known)

        def check(body: Any) -> None:
            if not isinstance(body, dict):
                raise SearchError(
                    400, "x_content_parse_exception", f"[1:1] [{parser}] Expected START_OBJECT but was: {token(body)}"
                )
            odd = next((key for key in body if key not in names), None)
            if odd is not None:
                raise content(f"[{parser}] unknown field [{odd}], parser not found", body, odd)

        self.root = json_text.streamed(self.raw, check, only=False)
        check(self.root)
        return self.root

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

    def _option(self, name: str, default: bool) -> bool:
        """One of the options of what indices are meant. Raises SearchError."""
        try:
            return self.truth(name, default)
        except SearchError as error:
            raise illegal(f"Could not convert [{name}] to boolean", caused_by=error.entry) from None

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
            ignore_missing=self._option("ignore_unavailable", False), no_indices=self._option("allow_no_indices", True),
            aliases=aliases, expand=bool({"open", "all"} & {*wild.split(",")}), closed=closed or bool({"closed", "all"} & {*wild.split(",")}),
        )  # fmt: skip

    def names(self, *, closed: bool = False) -> list[str]:
        return [*self.targets(closed=closed)]

    def split(self, name: str) -> list[str]:
        """A parameter that is a list."""
        return [each for each in re.split(r"\s*,\s*", self.query.get(name, "")) if each]
