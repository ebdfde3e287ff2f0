"""What can go wrong with a server, as one plain sentence: what failed, where, why, what to do next."""

from __future__ import annotations


class PipelineError(Exception):
    """Any failure that is told to the user. `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class Misuse(PipelineError):
    """What was asked for cannot be, whatever the servers say: wrong usage."""


class Unreachable(PipelineError):
    """Nothing answers at the address."""


class Refused(PipelineError):
    """The server answered with an error; `status` is its HTTP status."""


class StatementError(Refused):
    """ksqlDB refused a statement; `code` is its error code, `statement` the text it names."""

    def __init__(self, message: str, *, code: int, statement: str, status: int) -> None:
        super().__init__(message, status=status)
        self.code = code
        self.statement = statement
