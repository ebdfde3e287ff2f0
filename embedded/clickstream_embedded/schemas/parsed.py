"""A schema as it is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class InvalidSchema(ValueError):
    """A text that is no schema of its type; the message says why."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One schema.

    Args:
        type: AVRO, JSON or PROTOBUF.
        canonical: the text that is kept: two texts with the same one are one schema.
        tree: the form that its module compares.
    """

    type: str
    canonical: str
    tree: Any


Resolved = Mapping[str, str]  # the texts of references by their names
