"""Where the Docker engine is, as Docker's own command finds it: DOCKER_HOST, a context, the usual sockets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import docker
import requests
from docker.context import Context, ContextAPI
from docker.errors import APIError, DockerException, NotFound
from docker.tls import TLSConfig

from clickstream_compose.errors import EngineError, explain

Result = TypeVar("Result")
_START = "Start it: sudo systemctl start docker"


@dataclass(frozen=True, slots=True)
class Place:
    """The engine's address, what named it, and its TLS settings (None where there are none)."""

    address: str
    source: str
    tls: TLSConfig | None = None

    @property
    def local(self) -> bool:
        return self.address.startswith(("unix://", "npipe://"))


def place(environment: Mapping[str, str] | None = None) -> Place:
    """The engine's address: DOCKER_HOST, else DOCKER_CONTEXT or the current context, else a socket that exists.

    The order is that of `docker` (https://docs.docker.com/engine/manage-resources/contexts/); a rootless engine's
    socket is looked for where `dockerd-rootless-setuptool.sh` puts it.

    Raises:
        EngineError: where the context that is asked for does not exist.
    """
    known = os.environ if environment is None else environment
    if host := known.get("DOCKER_HOST"):
        folder = Path(known.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
        verify = bool(known.get("DOCKER_TLS_VERIFY"))
        tls = TLSConfig(
            client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")), ca_cert=str(folder / "ca.pem"), verify=True
        ) if verify else None  # fmt: skip
        return Place(host, "DOCKER_HOST", tls)
    wanted = known.get("DOCKER_CONTEXT", "")
    try:
        context = _context(wanted)
    except (DockerException, ValueError, KeyError, OSError) as error:
        raise EngineError(
            f"The Docker context {wanted or 'in use'} cannot be read: {error}", "See: docker context ls"
        ) from None
    if context is None:
        raise EngineError(f"The Docker context '{wanted or 'in use'}' does not exist", "See: docker context ls")
    if context.Name != "default" and context.Host:
        return Place(str(context.Host), f"the context {context.Name}", context.TLSConfig)
    return _socket(known)


def _context(name: str) -> Context | None:
    return ContextAPI.get_context(name or None)  # the SDK gives None for a name it does not find


def _socket(known: Mapping[str, str]) -> Place:
    usual = Path("/var/run/docker.sock")
    rootless = [Path(known["XDG_RUNTIME_DIR"]) / "docker.sock"] if known.get("XDG_RUNTIME_DIR") else []
    rootless += [Path.home() / ".docker" / "run" / "docker.sock", Path.home() / ".docker" / "desktop" / "docker.sock"]
    found = next((path for path in (usual, *rootless) if path.exists()), usual)
    return Place(f"unix://{found}", "the usual socket" if found == usual else "a rootless socket")


class Connection:
    """Makes the SDK's clients for one engine; each thread has its own, since they are not safe to share."""

    def __init__(self, where: Callable[[], Place] = place) -> None:
        self._where = where

    def place(self) -> Place:
        """Where the engine is now. Raises EngineError."""
        return self._where()

    def client(self, timeout: float = 30.0) -> docker.APIClient:
        """A client of the engine's own API version. Raises EngineError."""
        where = self._where()
        return guarded(
            f"the call to {where.address} ({where.source})",
            lambda: docker.APIClient(
                where.address, version="auto", timeout=int(timeout), tls=where.tls or False,
                use_ssh_client=where.address.startswith("ssh://"),
            ),
        )  # fmt: skip


def guarded(what: str, call: Callable[[], Result]) -> Result:
    """The call's result. Raises EngineError with Docker's words, a cause and a cure."""
    try:
        return call()
    except NotFound as error:
        raise EngineError(f"{what} failed: {error.explanation or error}", "It was removed meanwhile") from None
    except APIError as error:
        raise explain(str(error.explanation or error), what) from None
    except requests.exceptions.Timeout:
        raise EngineError(f"{what} was not done in time", "The engine may be busy or hanging") from None
    except (DockerException, requests.exceptions.RequestException, OSError, ValueError) as error:
        text = str(error)
        if "permission denied" in text.lower():
            raise EngineError(
                f"This user may not use Docker, so {what} failed: permission denied",
                "Add the user to the group `docker`, or use sudo",
            ) from None
        raise EngineError(f"The Docker engine does not run, so {what} failed: {_why(text)}", _START) from None


def _why(text: str) -> str:
    for words in ("No such file or directory", "Connection refused", "Name or service not known", "timed out"):
        if words.lower() in text.lower():
            return words.lower()
    return text
