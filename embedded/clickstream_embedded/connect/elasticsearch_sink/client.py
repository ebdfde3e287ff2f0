"""Requests to Elasticsearch, with the time limits and retries of the connector's settings."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
from typing import Any

import httpx
import orjson

from clickstream_embedded.connect.elasticsearch_sink.settings import SinkSettings
from clickstream_embedded.connect.java_errors import JavaError

log = logging.getLogger("connect")
_LONGEST = 86_400.0  # seconds that a retry waits at most
_REASON = 2000  # characters of an answer that a failure tells


class IndexClient:
    """One Elasticsearch by its addresses, which it uses in turn.

    Args:
        settings: the connector's.
    """

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings
        self._at = 0
        self.is_in_trouble = False  # its last request failed and is to be sent again
        limits = httpx.Timeout(settings.read_timeout or None, connect=settings.connect_timeout or None)
        pool = httpx.Limits(max_connections=max(settings.in_flight, 2), keepalive_expiry=settings.idle or None)
        self._http = httpx.AsyncClient(timeout=limits, limits=pool, auth=settings.login, proxy=settings.proxy,
                                       verify=settings.tls)  # fmt: skip

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> httpx.Response:
        """The answer; a server that does not give one is asked again, `max.retries` times. Raises JavaError."""
        headers = {"Content-Type": kind}
        if body is not None and self._settings.compresses:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        attempt = 0
        while True:
            url = self._settings.urls[self._at % len(self._settings.urls)]
            try:
                answer = await self._http.request(method, url + path, content=body, headers=headers)
                failure = None
                if answer.status_code < 500 and answer.status_code != 429:
                    self.is_in_trouble = False
                    return answer
                failure = JavaError(f"Server responded with status {answer.status_code}: {answer.text[:_REASON]}")
            except httpx.HTTPError as error:
                failure = _failure(error, url)
                self._at += 1
            if attempt >= self._settings.retries:
                raise failure
            await self.pause(attempt, failure)
            attempt += 1

    async def pause(self, attempt: int, why: JavaError) -> None:
        """Waits before retry number `attempt` + 1: a random time, its limit doubling with each."""
        self.is_in_trouble = True
        limit = min(self._settings.backoff * 2**attempt, _LONGEST)
        log.warning("a request to %s failed and is sent again (%d of %d): %s",
                    ",".join(self._settings.urls), attempt + 1, self._settings.retries, why.line)  # fmt: skip
        await asyncio.sleep(random.uniform(0, limit))

    async def major_version(self) -> int:
        """Of the Elasticsearch there. Raises JavaError."""
        answer = await self.ask("GET", "/")
        try:
            return int(str(answer.json()["version"]["number"]).split(".")[0])
        except (KeyError, ValueError, TypeError):
            raise JavaError("Couldn't start ElasticsearchSinkTask due to connection error: "
                            f"status {answer.status_code}, {answer.text[:200]}") from None  # fmt: skip

    async def bulk(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Sends actions; the result of each, in order. Raises JavaError."""
        answer = await self.ask("POST", "/_bulk", b"\n".join(lines) + b"\n", "application/x-ndjson")
        if not answer.is_success:
            raise JavaError(f"Bulk request failed: {answer.text[:_REASON]}")
        try:
            found = orjson.loads(answer.content)
            return [next(iter(item.values())) for item in found["items"]]
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            raise JavaError("Bulk request failed: the answer is none of Elasticsearch's") from None


def _failure(error: httpx.HTTPError, url: str) -> JavaError:
    """What the Java client would throw."""
    host = url.split("://", 1)[-1]
    if isinstance(error, httpx.ConnectTimeout):
        cause = JavaError(f"Connect to {host} failed: connect timed out",
                          "org.apache.http.conn.ConnectTimeoutException")  # fmt: skip
    elif isinstance(error, httpx.TimeoutException):
        cause = JavaError("Read timed out", "java.net.SocketTimeoutException")
    elif isinstance(error, httpx.ConnectError):
        cause = JavaError(f"Connect to {host} failed: Connection refused",
                          "org.apache.http.conn.HttpHostConnectException")  # fmt: skip
    else:
        cause = JavaError(f"{host} failed to respond", "org.apache.http.NoHttpResponseException")
    return JavaError(cause.line, cause=cause)
