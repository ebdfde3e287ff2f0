"""What the engine refuses, with the code that ksqlDB's REST API gives it."""

from __future__ import annotations

# what a record that does not fit its columns fails with as well: it is skipped and counted
from clickstream_embedded.schemas.errors import SerializationError as SerializationError


class KsqlError(Exception):
    """A statement cannot be run: ksqlDB's `statement_error` (40001)."""

    code = 40001
    status = 400

    def __init__(self, message: str, statement: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.statement = statement


class BadRequest(KsqlError):
    """The request itself is wrong: a `generic_error` (40000)."""

    code = 40000


class AssertionFailed(KsqlError):
    """What ASSERT asserts is not so (41700)."""

    code = 41700
    status = 417


class NoRegistry(KsqlError):
    """A format needs a Schema Registry and none is configured (42801)."""

    code = 42801
    status = 428


class WrongEndpoint(KsqlError):
    """The statement belongs to another endpoint (40002)."""

    code = 40002


class ConnectorError(KsqlError):
    """Kafka Connect refused; carries its status on to the client."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.code = status * 100


class CatchUpTimeout(KsqlError):
    """The command that a request is to run behind has not been run yet (50301)."""

    code = 50301
    status = 503


class NotReady(KsqlError):
    """The server has not replayed its command log yet (50302)."""

    code = 50302
    status = 503


class ShuttingDown(KsqlError):
    """The cluster is being terminated (50303)."""

    code = 50303
    status = 503


class ShutDown(KsqlError):
    """The cluster was terminated (50304)."""

    code = 50304
    status = 503


class InvalidTimestamp(KsqlError):
    """A record's TIMESTAMP column holds no time, and the query is one that ends there."""


class UnreadableRecord(KsqlError):
    """A record cannot be read, and the query is one that ends there."""
