"""Builds the stack and the pipeline of the profile in force: the only place that knows which profile it is."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import clickstream_compose
from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_pipeline.words import BY_PROFILE
from clickstream_tui.settings import SERVERS, Settings

if TYPE_CHECKING:  # the clients are a third of a second of imports, which nothing that is only drawn waits for
    from clickstream_pipeline.runtimes.stack import Stack
    from clickstream_pipeline.server_checks import ServerCheck
    from clickstream_pipeline.session import PipelineSession

PROJECT = "clickstream"
GRAFANA = "http://127.0.0.1:3000"  # where the compose file publishes it


def compose_folder() -> Path:
    """Where the compose files are: beside the package in a checkout, inside it once installed."""
    package = Path(clickstream_compose.__file__).parent
    beside = package.parent
    return beside if (beside / "docker-compose.yml").exists() else package / "files"


def compose_files(overlays: list[str]) -> list[Path]:
    """The base file and the overlays, by name. Raises PipelineError for an overlay that does not exist."""
    folder = compose_folder()
    files = [folder / "docker-compose.yml", *(folder / f"{name}.yml" for name in overlays)]
    for file in files:
        if not file.exists():
            known = sorted(path.stem for path in folder.glob("*.yml") if path.stem != "docker-compose")
            raise PipelineError(f"There is no overlay '{file.stem}'", hint=f"There are: {', '.join(known)}")
    return files


def make_stack(settings: Settings) -> Stack:
    """The services of the profile; nothing is started yet."""
    if settings.profile == "remote":
        from clickstream_pipeline.runtimes.stack import RemoteStack

        return RemoteStack(settings.home, settings.remote)
    if settings.profile == "docker":
        from clickstream_pipeline.runtimes.compose import ComposeStack  # Docker's client is for those who use Docker

        return ComposeStack(settings.home, PROJECT, compose_files(settings.overlays))
    return EmbeddedStack(settings.home, settings.ports)


async def check_servers(settings: Settings) -> tuple[ServerCheck, ...]:
    """Each server of the profile: version, latency, or the cause why not. Nothing is started."""
    from clickstream_pipeline.server_checks import ServerCheck, ServerChecks

    servers = settings.remote
    if settings.profile != "remote":
        stack = make_stack(settings)
        try:
            if not await stack.attach():
                reason = BY_PROFILE[settings.profile].absent
                return tuple(ServerCheck(name, "", False, reason=reason) for name in SERVERS)
            servers = {name: Credentials(url) for name, url in stack.addresses().items() if url}
        finally:
            await stack.close()
    checks = ServerChecks(servers)
    try:
        return await checks.look()
    finally:
        await checks.close()


def load_clients() -> None:
    """Imports what `make_pipeline` needs: in a thread, while the servers come up."""
    importlib.import_module("clickstream_pipeline.session")


def make_pipeline(settings: Settings, stack: Stack) -> PipelineSession:
    """Clients, operations and monitor over the profile's servers.

    The embedded servers have addresses only while they run: those of another stack are never asked.
    """
    from clickstream_pipeline.session import NO_ADDRESSES, Addresses, PipelineSession

    hint = settings.read_only_hint
    if settings.profile == "remote":
        found = settings.remote
        addresses = Addresses(**{name: found[name].url if name in found else "" for name in Addresses.__slots__})
        return PipelineSession(settings.home, stack, addresses, read_only=settings.read_only, access=found,
                               profile="remote", read_only_hint=hint)  # fmt: skip
    addresses = Addresses(**stack.addresses()) if stack.addresses() else NO_ADDRESSES
    if settings.profile != "docker":
        return PipelineSession(settings.home, stack, addresses, read_only=settings.read_only, read_only_hint=hint)
    # the compose file gives Grafana the same user and password from the same variables
    password = Secret(os.environ.get("GRAFANA_PASSWORD", "user"))
    grafana = Credentials(GRAFANA, os.environ.get("GRAFANA_USER", "user"), password)
    return PipelineSession(
        settings.home, stack, replace(addresses, grafana=GRAFANA), read_only=settings.read_only,
        access={"grafana": grafana}, search_inside="http://elasticsearch:9200", profile="docker", read_only_hint=hint,
    )  # fmt: skip
