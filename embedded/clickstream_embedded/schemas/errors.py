"""What messages with a schema fail with."""

from __future__ import annotations


class SerializationError(ValueError):
    """Bytes that their schema does not fit, or a value that a schema cannot hold."""
