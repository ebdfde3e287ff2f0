"""A request that cannot be done."""

from __future__ import annotations


class RequestRefused(Exception):
    """Carries the HTTP status and the message of the real worker.

    Args:
        status: HTTP status.
        message: in the words of Kafka Connect.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
