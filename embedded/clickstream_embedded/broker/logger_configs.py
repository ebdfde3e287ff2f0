"""The levels of the broker's loggers as settings (KIP-412). There is one, the root."""

from __future__ import annotations

import logging
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.errors import KafkaApiError

_LEVELS = {"DEBUG": logging.DEBUG, "ERROR": logging.ERROR, "FATAL": logging.CRITICAL, "INFO": logging.INFO, "TRACE": 5,
           "WARN": logging.WARNING}  # fmt: skip
_ROOT = "root"
_SET, _DELETE, _APPEND = range(3)


def described() -> dict[str, Any]:
    """The root's level, as DescribeConfigs has it."""
    level = logging.getLogger().getEffectiveLevel()
    shown = next((name for name, number in _LEVELS.items() if number == level), "INFO")
    return {
        "name": _ROOT, "value": shown, "read_only": False, "config_source": 6, "is_sensitive": False, "synonyms": (),
        "config_type": 0, "documentation": "",
    }  # fmt: skip


def alter(changes: list[tuple[str, int, str | None]], *, dry: bool) -> None:
    """Sets levels. Raises KafkaApiError for what Kafka refuses, before anything is set."""
    for name, operation, value in changes:
        if operation > _DELETE:
            word = "APPEND" if operation == _APPEND else "SUBTRACT"
            raise KafkaApiError(
                ErrorCode.invalid_request, f"{word} operation is not allowed for the BROKER_LOGGER resource"
            )
        if name != _ROOT:
            raise KafkaApiError(ErrorCode.invalid_config, f"Logger {name} does not exist!")
        if operation == _DELETE:
            raise KafkaApiError(ErrorCode.invalid_request, "Removing the log level of the root logger is not allowed")
        if value not in _LEVELS:
            raise KafkaApiError(
                ErrorCode.invalid_config, f"Cannot set the log level of {name} to {value} as it is not a supported log "
                f"level. Valid log levels are {', '.join(_LEVELS)}"
            )  # fmt: skip
    if not dry:
        for _, _, value in changes:
            logging.getLogger().setLevel(_LEVELS[str(value)])
