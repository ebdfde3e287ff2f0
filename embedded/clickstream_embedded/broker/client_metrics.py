"""Subscriptions of clients' metrics as settings (KIP-714): kept and described; no client is asked, as by a plain broker.

Kafka offers the APIs by which clients push only where a plugin takes what they push, and there is none here either.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.storage import atomic_write

_KNOWN = ("interval.ms", "metrics", "match")
_MATCHED = ("client_instance_id", "client_id", "client_software_name", "client_software_version", "client_source_address",
            "client_source_port")  # fmt: skip
_SOURCE = 7


def _check(name: str, value: str) -> None:
    if name not in _KNOWN:
        raise KafkaApiError(ErrorCode.invalid_request, f"Unknown client metrics configuration: {name}")
    if name == "interval.ms":
        if not re.fullmatch(r"[+-]?\d{1,10}", value, re.ASCII):
            raise KafkaApiError(ErrorCode.unknown_server_error)  # Java's parseInt throws
        if not 100 <= int(value) <= 3_600_000:
            why = f"Invalid value {value} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
            raise KafkaApiError(ErrorCode.invalid_request, why)
    if name == "match":
        for each in filter(None, (part.strip() for part in value.split(","))):
            key, is_pair, pattern = each.partition("=")
            try:
                re.compile(pattern)
            except re.error:
                is_pair = ""
            if not is_pair or key.strip() not in _MATCHED:
                raise KafkaApiError(ErrorCode.invalid_config, f"Illegal client matching pattern: {each}")


class ClientMetrics:
    """All subscriptions by name, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._all: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}

    def names(self) -> list[str]:
        return sorted(self._all)

    def of(self, name: str) -> dict[str, str]:
        return dict(self._all.get(name, {}))

    def described(self, name: str) -> list[dict[str, Any]]:
        """What is set, as DescribeConfigs has it."""
        return [
            {"name": key, "value": value, "read_only": False, "config_source": _SOURCE, "is_sensitive": False,
             "synonyms": (), "config_type": 0, "documentation": ""} for key, value in self.of(name).items()
        ]  # fmt: skip

    def replace(self, name: str, config: dict[str, str], *, dry: bool) -> None:
        """Sets a whole subscription; one without a setting is gone. Raises KafkaApiError."""
        if not name:
            raise KafkaApiError(ErrorCode.invalid_request, "Subscription name can't be empty")
        for key, value in config.items():
            _check(key, value)
        if dry:
            return
        self._all[name] = config
        if not config:
            del self._all[name]
        atomic_write(self._file, json.dumps(self._all, indent=1))
