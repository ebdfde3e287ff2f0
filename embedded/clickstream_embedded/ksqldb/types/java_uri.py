"""URIs as `java.net.URI` takes them apart: RFC 2396 with other characters beside ASCII allowed."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
from dataclasses import dataclass

_ALLOWED = re.compile(r"(?:[A-Za-z0-9_\-!.~'()*,;:$&+=?/\[\]@#]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*")
_SHAPE = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SERVER = re.compile(r"(?:([^@]*)@)?(\[[0-9A-Fa-f:.%]+\]|[^:@\[\]]*)(?::(\d*))?")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a URI, decoded; None for those that are not there."""

    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    query: str | None
    fragment: str | None


def _decoded(text: str | None) -> str | None:
    return None if text is None else urllib.parse.unquote(text)


def uri(text: str) -> Uri:
    """Raises ValueError where Java has a syntax error."""
    if not _ALLOWED.fullmatch(text) or text.count("#") > 1 or any(
        unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp") for c in text if not c.isascii()
    ):  # fmt: skip
        raise ValueError(f"URL input has invalid syntax: {text}")
    found = _SHAPE.fullmatch(text)
    assert found is not None
    scheme, authority, path, query, fragment = found.groups()
    wrong_scheme = scheme is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+\-.]*", scheme)
    if text.startswith(":") or wrong_scheme:
        raise ValueError(f"URL input has invalid syntax: {text}")
    if "[" in path or "]" in path:
        raise ValueError(f"URL input has invalid syntax: {text}")
    if scheme is not None and authority is None and not path.startswith("/"):  # an opaque one has a scheme and a rest
        if not path:
            raise ValueError(f"URL input has invalid syntax: Expected scheme-specific part: {text}")
        return Uri(scheme, None, None, None, None, _decoded(fragment))
    if authority == "" and not path:
        raise ValueError(f"URL input has invalid syntax: Expected authority: {text}")
    host, port = _server(authority or "")
    return Uri(scheme, host, port, _decoded(path), _decoded(query), _decoded(fragment))


def _server(authority: str) -> tuple[str | None, int | None]:
    """Host and port; a registry-based authority has neither."""
    found = _SERVER.fullmatch(authority)
    if found is None:
        return None, None
    host = found[2]
    known = host.startswith("[") or _HOST.fullmatch(host)
    if not known and _ADDRESS.fullmatch(host):
        known = all(int(part) < 256 for part in host.split("."))
    return (host, int(found[3]) if found[3] else None) if known else (None, None)
