"""One HTTP client a server: time limits on every call, failures as sentences."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import httpx

from clickstream_pipeline import words
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import Refused, Unreachable

TIMEOUT = httpx.Timeout(5.0, read=20.0)


# OpenSSL's verify codes
_CERTIFICATE = {
    9: "its certificate is not valid yet", 10: "its certificate has expired", 18: "its certificate is signed by itself",
    19: "its certificate is signed by an authority that is not known here",
    20: "its certificate is signed by an authority that is not known here",
    62: "its certificate is for another name",
}  # fmt: skip


def _certificate_problem(error: BaseException | None) -> str:
    """What is wrong with the server's certificate, "" where that is not what failed."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return _CERTIFICATE.get(error.verify_code, f"its certificate cannot be verified ({error.verify_message})")
        if isinstance(error, ssl.SSLError):
            return f"the encrypted connection failed ({error.reason or error})"
        error = error.__cause__ or error.__context__
    return ""


# what OpenSSL says where the other side answers in plain text
_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL")


def _is_plain(error: BaseException | None) -> bool:
    """Whether the server does not speak TLS at that port."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and (getattr(error, "reason", "") or "") in _PLAIN:
            return True
        error = error.__cause__ or error.__context__
    return False


def explain(server: str, url: str, error: httpx.HTTPError, hint: str = words.EMBEDDED.start) -> Unreachable:
    """A transport error as a sentence; `hint` says what to do where nothing answers."""
    if _is_plain(error):
        return Unreachable(f"{server} at {url} cannot be asked: there is no TLS there, the port speaks plain HTTP",
                           hint=f"Use http:// in place of https:// for {server} in the settings")  # fmt: skip
    problem = _certificate_problem(error)
    if problem:
        return Unreachable(f"{server} at {url} is not trusted: {problem}",
                           hint="Give its authority as `ca`, or a client certificate, in the settings")  # fmt: skip
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{server} at {url} did not answer in time", hint=words.BUSY)
    return Unreachable(f"{server} does not answer at {url} ({_cause(error)})", hint=hint)


def _cause(error: BaseException) -> str:
    """Why a connection failed, in plain words."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ConnectionRefusedError):
            return "connection refused"
        if isinstance(inner, socket.gaierror):
            return "the name is not known"
        inner = inner.__cause__ or inner.__context__
    text = str(error)
    if "All connection attempts failed" in text or "refused" in text:
        return "connection refused"
    if isinstance(error, httpx.RemoteProtocolError):
        return "it answers with something that is not HTTP"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError):
        return "it broke off the connection"
    return text or "the connection failed"


class HttpServer:
    """Requests to one server."""

    def __init__(
        self,
        server: str,
        url: str,
        transport: httpx.AsyncBaseTransport | None = None,
        access: Credentials | None = None,
    ) -> None:
        self.server = server
        self.url = url
        self.hint = words.EMBEDDED.start
        options = {} if access is None else access.http_options()
        if url.startswith("http://"):
            # a context that trusts nobody: to load the world's authorities for a server without TLS takes longer than
            # all of its answers
            options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, transport=transport, **options)

    async def close(self) -> None:
        await self.client.aclose()

    def explained(self, error: httpx.HTTPError) -> Unreachable:
        """A transport error of this server as a sentence, with what to do in the profile in force."""
        return explain(self.server, self.url, error, self.hint)

    async def request(
        self, method: str, path: str, body: Any = None, *, timeout: float | None = None
    ) -> httpx.Response:
        """Raises Unreachable or Refused."""
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        try:
            response = await self.client.request(method, path, json=body, **options)
        except httpx.HTTPError as error:
            raise self.explained(error) from error
        if response.is_error:
            raise self.refused(method, path, response)
        return response

    def refused(self, method: str, path: str, response: httpx.Response) -> Refused:
        message = response.text.strip() or response.reason_phrase
        if "html" in response.headers.get("content-type", "") or message[:1] == "<":
            message = f"{response.status_code} {response.reason_phrase}"  # a page of a proxy or of a server that starts
        try:
            answer = response.json()
            told = answer.get("error")
            message = str(answer.get("message") or (told.get("reason") if isinstance(told, dict) else told) or message)
        except (ValueError, AttributeError):
            pass
        if response.status_code in (401, 403):
            what = "did not accept the credentials" if response.status_code == 401 else "does not allow this user"
            return Refused(f"{self.server} at {self.url} {what} for {method} {path}", status=response.status_code,
                           hint="Check the username, password or token in the settings")  # fmt: skip
        return Refused(f"{self.server} at {self.url} refused {method} {path}: {message}", status=response.status_code)

    async def json(self, method: str, path: str, body: Any = None, *, timeout: float | None = None) -> Any:
        """The decoded answer, None for an empty one. Raises Unreachable or Refused."""
        response = await self.request(method, path, body, timeout=timeout)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise Refused(
                f"{self.server} at {self.url} answered {method} {path} with something that is not JSON"
            ) from error
