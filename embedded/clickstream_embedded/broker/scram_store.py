"""SCRAM credentials as they are kept."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from clickstream_embedded.broker.storage import atomic_write


class ScramCredentials:
    """All credentials by user and mechanism, in a file that only its owner reads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        saved: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
        self._all = {user: {int(kind): value for kind, value in each.items()} for user, each in saved.items()}

    def users(self) -> list[str]:
        return sorted(self._all)

    def iterations(self, user: str) -> dict[int, int]:
        """By mechanism; empty where there is no such user."""
        return {kind: each["iterations"] for kind, each in sorted(self._all.get(user, {}).items())}

    def put(self, user: str, mechanism: int, iterations: int, salt: bytes, salted: bytes) -> None:
        """Sets a credential."""
        packed = {
            "iterations": iterations,
            "salt": base64.b64encode(salt).decode(),
            "salted": base64.b64encode(salted).decode(),
        }
        self._all.setdefault(user, {})[mechanism] = packed
        self._save()

    def remove(self, user: str, mechanism: int) -> None:
        """Takes a credential away. Raises KeyError where there is none."""
        del self._all[user][mechanism]
        if not self._all[user]:
            del self._all[user]
        self._save()

    def _save(self) -> None:
        atomic_write(self._file, json.dumps(self._all))
        self._file.chmod(0o600)
