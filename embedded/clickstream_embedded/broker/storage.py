"""Small files that are written whole or not at all: a process that is killed leaves the old or the new one."""

from __future__ import annotations

from pathlib import Path


def atomic_write(path: Path, text: str) -> None:
    """Puts `text` in the place of the file's content, in one step. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text)
    temporary.replace(path)
