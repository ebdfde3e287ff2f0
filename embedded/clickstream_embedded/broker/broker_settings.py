"""The broker's own settings in their layers (KIP-226): of this broker, of all brokers, of the start, the defaults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from pathlib import Path

from clickstream_embedded.broker.broker_configs import OTHER_NAMES, broker_configs, described, without_listener
from clickstream_embedded.broker.storage import atomic_write


class Source(IntEnum):
    """Where a value comes from, as DescribeConfigs numbers it."""

    TOPIC = 1
    BROKER = 2  # set while it runs, of this broker
    ALL_BROKERS = 3  # the same, of all brokers of the cluster
    STATIC = 4
    DEFAULT = 5
    LOGGER = 6


Sourced = tuple[str, str, int]  # name, value, source


def _told(config: Mapping[str, str]) -> dict[str, str]:
    return {name: described(name).told(value) for name, value in config.items()}


class BrokerSettings:
    """What is set while the broker runs, over what it was started with.

    Args:
        folder: Where the two files are.
        static: What it was started with.
    """

    def __init__(self, folder: Path, static: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.static = dict(static)
        self._files = {Source.BROKER: folder / "broker.json", Source.ALL_BROKERS: folder / "all-brokers.json"}
        self._set: dict[Source, dict[str, str]] = {
            source: json.loads(file.read_text()) if file.exists() else {} for source, file in self._files.items()
        }
        self.on_change: list[Callable[[], None]] = []
        self._told = {source: _told(config) for source, config in self._set.items()}

    def of(self, source: Source) -> dict[str, str]:
        """What is set in one of the two layers that may be changed, as it was given."""
        return dict(self._set[source])

    def replace(self, source: Source, config: Mapping[str, str]) -> None:
        """Sets the whole layer, on disk too, and tells who looks at settings."""
        self._set[source], self._told[source] = dict(config), _told(config)
        atomic_write(self._files[source], json.dumps(self._set[source], indent=1))
        for told in self.on_change:
            told()

    def value(self, name: str) -> str | None:
        """The value in force; None where there is none."""
        for layer in (self._told[Source.BROKER], self._told[Source.ALL_BROKERS], self.static):
            if name in layer:
                return layer[name]
        known = broker_configs().get(name)
        return known.default if known is not None else None

    def number(self, name: str, listener: str = "") -> int:
        """The value in force of a setting of type INT or LONG; of the listener's own where it has one."""
        own = self.value(f"listener.name.{listener.lower()}.{name}") if listener else None
        return int(own or self.value(name) or 0)

    def names(self) -> Iterable[str]:
        """What is set while the broker runs and is none of the settings every broker has."""
        found = dict.fromkeys([*self._set[Source.BROKER], *self._set[Source.ALL_BROKERS]])
        return [name for name in found if name not in broker_configs()]

    def sources(self, name: str, static: Mapping[str, str]) -> list[Sourced]:
        """All values that a setting has, the one in force first, each as it was given."""
        names = [name, *OTHER_NAMES.get(name, ())]
        if without_listener(name) != name:
            names.append(without_listener(name))
        layers = ((self._set[Source.BROKER], Source.BROKER), (self._set[Source.ALL_BROKERS], Source.ALL_BROKERS),
                  (static, Source.STATIC))  # fmt: skip
        found: list[Sourced] = [
            (each, layer[each], source) for layer, source in layers for each in names if each in layer
        ]
        if not any(each == name for each, *_ in found):
            names = names[:1]  # what stands in its place is not told of one that is not set
            found = []
        defaults = [(each, described(each).default) for each in names]
        return found + [(each, value, Source.DEFAULT) for each, value in defaults if value is not None]
