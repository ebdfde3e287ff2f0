"""The tutorial's SQL files."""

from __future__ import annotations

from importlib import resources


def load(name: str) -> str:
    """The text of `sql/<name>.sql`, for instance `statements`."""
    return resources.files("clickstream_ksql").joinpath("sql", f"{name}.sql").read_text("utf-8")
