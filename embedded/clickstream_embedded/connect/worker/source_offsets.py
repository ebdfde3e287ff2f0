"""The offsets of sources, as they are and as their topic has them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from clickstream_embedded.connect.worker.connectors import Connector
from clickstream_embedded.connect.worker.store import ConnectorStore, Offsets, StoreUnavailable

log = logging.getLogger("connect")


def _copied(offsets: Offsets) -> Offsets:
    return {key: dict(at) for key, at in offsets.items()}


class SourceOffsets:
    """What of the offsets is written already.

    Args:
        store: what the broker keeps.
    """

    def __init__(self, store: ConnectorStore) -> None:
        self._store = store
        self._saved: dict[str, Offsets] = {}

    def loaded(self, name: str, offsets: Offsets) -> None:
        """What the topic has for a connector."""
        self._saved[name] = _copied(offsets)

    def of(self, name: str) -> Offsets:
        """Where a connector of that name goes on, even one that was deleted meanwhile, as in Kafka."""
        return _copied(self._saved.get(name, {}))

    async def save(self, connectors: Iterable[Connector]) -> None:
        """Writes what moved since the last time."""
        changed: dict[str, Offsets] = {}
        for connector in connectors:
            before = self._saved.get(connector.name, {})
            moved = {key: dict(at) for key, at in connector.offsets.items() if at != before.get(key)}
            if moved:
                changed[connector.name] = moved
        if not changed:
            return
        try:
            await self._store.save_offsets(changed)
        except StoreUnavailable as error:  # they come again with the next save
            log.warning("source offsets are not saved: %s", error)
            return
        for name, moved in changed.items():
            self._saved.setdefault(name, {}).update(moved)

    async def move(self, connector: Connector, changes: dict[str, dict[str, Any] | None]) -> None:
        """Writes new offsets of a source; None forgets one. Raises StoreUnavailable."""
        await self._store.save_offsets({connector.name: changes})
        for key, offset in changes.items():
            for known in (connector.offsets, self._saved.setdefault(connector.name, {})):
                if offset is None:
                    known.pop(key, None)
                else:
                    known[key] = dict(offset)
