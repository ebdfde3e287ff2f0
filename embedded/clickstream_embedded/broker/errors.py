"""A request that the broker's rules do not allow."""

from __future__ import annotations

from typing import Any

from kio.schema.errors import ErrorCode

MALFORMED = (
    "This most likely occurs because of a request being malformed by the client library or the message was sent to an "
    "incompatible broker. See the broker logs for more details."
)


def is_late(request: Any) -> bool:
    """Whether a request leaves no time: Kafka's controller finds it over before it begins, whatever is asked."""
    return request.timeout.total_seconds() <= 0


class KafkaApiError(Exception):
    """`code` is the error that Kafka answers it with, `message` its words, "" where it has none."""

    def __init__(self, code: ErrorCode, message: str = "") -> None:
        super().__init__(message or code.name)
        self.code = code
        self.message = message


class Malformed(Exception):
    """A frame that is no request of an offered version: its connection is closed."""
