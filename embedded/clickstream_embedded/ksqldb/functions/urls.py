"""Functions of URLs, as `java.net.URI` reads them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable

from clickstream_embedded.ksqldb.functions.registry import URLS, scalar
from clickstream_embedded.ksqldb.types.java_uri import Uri, uri


def _url_part(name: str, part: Callable[[Uri], str | None]) -> None:
    @scalar(f"{name}(STRING) -> STRING", category=URLS, description="Part of a URL.")
    def extract(text: str) -> str | None:
        return part(uri(text))


_url_part("URL_EXTRACT_HOST", lambda u: u.host)
_url_part("URL_EXTRACT_PATH", lambda u: u.path)
_url_part("URL_EXTRACT_PROTOCOL", lambda u: u.scheme)
_url_part("URL_EXTRACT_QUERY", lambda u: u.query)
_url_part("URL_EXTRACT_FRAGMENT", lambda u: u.fragment)


@scalar("URL_EXTRACT_PORT(STRING) -> INTEGER", category=URLS)
def url_port(text: str) -> int | None:
    """The port of a URL."""
    return uri(text).port


@scalar("URL_EXTRACT_PARAMETER(STRING, STRING) -> STRING", category=URLS)
def url_parameter(text: str, name: str) -> str | None:
    """One parameter of a URL; one without a value is empty."""
    query = uri(text).query
    for each in () if query is None else query.split("&"):
        found, _, value = each.partition("=")
        if found == name:
            return value
    return None


@scalar("URL_ENCODE_PARAM(STRING) -> STRING", category=URLS)
def url_encode(text: str) -> str:
    """A text as part of a URL, by the rules of HTML forms."""
    return urllib.parse.quote_plus(text, safe="*-._").replace("~", "%7E")


@scalar("URL_DECODE_PARAM(STRING) -> STRING", category=URLS)
def url_decode(text: str) -> str:
    """Part of a URL as a text. A % without two digits is an error."""
    for place, character in enumerate(text):
        if character == "%":
            int(text[place + 1 : place + 3] or "x", 16)
            if len(text) < place + 3:
                raise ValueError("URLDecoder: Incomplete trailing escape (%) pattern")
    return urllib.parse.unquote_plus(text)
