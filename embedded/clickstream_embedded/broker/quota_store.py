"""Client quotas (KIP-546): which are set, kept in a file, and which of them is somebody's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from clickstream_embedded.broker.storage import atomic_write

USER, CLIENT, IP = "user", "client-id", "ip"
ANONYMOUS = "ANONYMOUS"  # who comes by a listener without SASL or TLS

Entity = frozenset[tuple[str, str | None]]  # (type, name); None is the default of a type
_ABSENT = "\0"

# From the most to the least that an entity says (KIP-55); each level is (user, client), None where it is the default.
_LEVELS: tuple[tuple[str | None, str | None], ...] = (
    ("own", "own"), ("own", None), ("own", _ABSENT), (None, "own"), (None, None), (None, _ABSENT), (_ABSENT, "own"), (_ABSENT, None),
)  # fmt: skip


def _entity(user: str | None, client: str | None) -> Entity:
    return frozenset((kind, name) for kind, name in ((USER, user), (CLIENT, client)) if name != _ABSENT)


class QuotaStore:
    """All quotas by entity, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        saved = json.loads(file.read_text()) if file.exists() else []
        self._all: dict[Entity, dict[str, float]] = {
            frozenset((kind, name) for kind, name in entity): values for entity, values in saved
        }

    def __bool__(self) -> bool:
        return bool(self._all)

    def __iter__(self) -> Iterator[tuple[Entity, dict[str, float]]]:
        return iter(sorted(self._all.items(), key=lambda each: sorted((k, n or "") for k, n in each[0])))

    def change(self, entity: Entity, values: dict[str, float | None]) -> None:
        """Sets quotas of an entity; those that are None are gone."""
        known = dict(self._all.get(entity, {}))
        for name, value in values.items():
            if value is None:
                known.pop(name, None)
            else:
                known[name] = value
        self._all[entity] = known
        if not known:
            del self._all[entity]
        saved = [[sorted(each, key=lambda part: part[0]), values] for each, values in self]
        atomic_write(self._file, json.dumps(saved, indent=1))

    def limit(self, name: str, client: str, user: str = ANONYMOUS) -> tuple[float, object] | None:
        """(the quota of that name, who shares it) of a client; None where there is none."""
        for of_user, of_client in _LEVELS:
            named = (user if of_user == "own" else of_user, client if of_client == "own" else of_client)
            found = self._all.get(_entity(*named), {}).get(name)
            if found is not None:
                who = user if of_user != _ABSENT else "", client if of_client != _ABSENT else ""
                return found, (name, *who)
        return None

    def of_address(self, address: str) -> float | None:
        """`connection_creation_rate` of an address."""
        for name in (address, None):
            found = self._all.get(frozenset(((IP, name),)), {}).get("connection_creation_rate")
            if found is not None:
                return found
        return None
