"""Errors as the real worker tells them: a Java class, its message, and what caused it."""

from __future__ import annotations

_CONNECT = "org.apache.kafka.connect.errors."
CONNECT_EXCEPTION = f"{_CONNECT}ConnectException"
DATA_EXCEPTION = f"{_CONNECT}DataException"
SCHEMA_BUILDER_EXCEPTION = f"{_CONNECT}SchemaBuilderException"
CONFIG_EXCEPTION = "org.apache.kafka.common.config.ConfigException"
NULL_POINTER_EXCEPTION = "java.lang.NullPointerException"
SERIALIZATION_EXCEPTION = "org.apache.kafka.common.errors.SerializationException"


class JavaError(Exception):
    """A failure with the class name and message that Kafka Connect gives it.

    Args:
        message: what the exception says; None where Java's has no message.
        java_class: full name of the exception's class.
        cause: the failure behind it.
    """

    def __init__(
        self, message: str | None, java_class: str = CONNECT_EXCEPTION, cause: JavaError | None = None
    ) -> None:
        super().__init__(message or "")
        self.message = message
        self.java_class = java_class
        self.cause = cause

    @property
    def line(self) -> str:
        """The first line of its trace."""
        return self.java_class if self.message is None else f"{self.java_class}: {self.message}"

    def trace(self) -> str:
        """The chain of causes, as `printStackTrace` writes it, without the frames of a virtual machine."""
        lines, at = [self.line], self.cause
        while at is not None:
            lines.append(f"Caused by: {at.line}")
            at = at.cause
        return "\n".join(lines) + "\n"


class DataError(JavaError):
    """A record that does not fit: DataException."""

    def __init__(self, message: str | None, cause: JavaError | None = None) -> None:
        super().__init__(message, DATA_EXCEPTION, cause)


class ConfigError(JavaError):
    """A setting that does not fit: ConfigException, worded as its three-argument constructor does."""

    def __init__(self, message: str, cause: JavaError | None = None) -> None:
        super().__init__(message, CONFIG_EXCEPTION, cause)

    @classmethod
    def of(cls, name: str, value: str, why: str) -> ConfigError:
        return cls(f"Invalid value {value} for configuration {name}: {why}")


class TransientError(JavaError):
    """A failure that passes by itself, such as a server that is away: RetriableException."""

    def __init__(self, message: str | None, cause: JavaError | None = None) -> None:
        super().__init__(message, f"{_CONNECT}RetriableException", cause)
