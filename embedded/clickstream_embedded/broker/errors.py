"""A request that the broker's rules do not allow."""

from __future__ import annotations

from kio.schema.errors import ErrorCode


class KafkaApiError(Exception):
    """`code` is the error that Kafka answers it with."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code
