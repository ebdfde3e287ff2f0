"""Identifiers with how they were written and where: part of the tree, so without what parsing needs."""

from __future__ import annotations


class Name(str):
    """An identifier as it counts, with how it is written, and (line, column), from 1, of where."""

    __slots__ = ("position", "written")

    position: tuple[int, int]
    written: str
