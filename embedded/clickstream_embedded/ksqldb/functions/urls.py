"""Functions of URLs."""

from __future__ import annotations

import urllib.parse
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    scalar,
)


def _url_part(name: str, part: Any, empty: str | None = None) -> None:
    @scalar(f"{name}(STRING) -> STRING", category="URL", description="Part of a URL.")
    def extract(text: str) -> str | None:
        try:
            return part(urllib.parse.urlsplit(text)) or empty
        except ValueError:
            return None


_url_part("URL_EXTRACT_HOST", lambda u: u.hostname)
_url_part("URL_EXTRACT_PATH", lambda u: u.path, empty="")
_url_part("URL_EXTRACT_PROTOCOL", lambda u: u.scheme)
_url_part("URL_EXTRACT_QUERY", lambda u: u.query)
_url_part("URL_EXTRACT_FRAGMENT", lambda u: u.fragment)


@scalar("URL_EXTRACT_PORT(STRING) -> INTEGER", category="URL")
def url_port(text: str) -> int | None:
    """The port of a URL."""
    return urllib.parse.urlsplit(text).port


@scalar("URL_EXTRACT_PARAMETER(STRING, STRING) -> STRING", category="URL")
def url_parameter(text: str, name: str) -> str | None:
    """One parameter of a URL."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(text).query, keep_blank_values=True).get(name, [None])[0]


@scalar("URL_ENCODE_PARAM(STRING) -> STRING", category="URL")
def url_encode(text: str) -> str:
    """A text as part of a URL."""
    return urllib.parse.quote_plus(text, safe="*-._")


@scalar("URL_DECODE_PARAM(STRING) -> STRING", category="URL")
def url_decode(text: str) -> str:
    """Part of a URL as a text."""
    return urllib.parse.unquote_plus(text)
