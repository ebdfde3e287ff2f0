"""Builds the stack and the pipeline of the profile in force: the only place that knows which profile it is."""

from __future__ import annotations

from clickstream_pipeline.clients.embedded_stack import EmbeddedStack
from clickstream_pipeline.clients.stack import RemoteStack, Stack
from clickstream_pipeline.pipeline import DEFAULT_ADDRESSES, Addresses, Pipeline, embedded_addresses
from clickstream_tui.settings import Settings


def make_stack(settings: Settings) -> Stack:
    """The services of the profile; nothing is started yet."""
    if settings.profile == "remote":
        return RemoteStack(settings.home, {name: access.url for name, access in settings.remote.items()})
    return EmbeddedStack(settings.home, settings.ports)


def make_pipeline(settings: Settings, stack: Stack) -> Pipeline:
    """Clients, operations and monitor over the profile's servers."""
    if settings.profile == "remote":
        found = settings.remote
        addresses = Addresses(**{name: found[name].url if name in found else "" for name in Addresses.__slots__})
        return Pipeline(settings.home, stack, addresses, read_only=settings.read_only, access=found)
    addresses = embedded_addresses(stack) if stack.addresses() else DEFAULT_ADDRESSES
    return Pipeline(settings.home, stack, addresses, read_only=settings.read_only)
