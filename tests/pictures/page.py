"""The page of all screens, made from the scenes and from the tables of keys."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textual.binding import Binding

from tests.pictures.scenes import COMMON, SCENES

_SIGNS = {"slash": "/", "space": "space", "right_square_bracket": "]", "left_square_bracket": "["}
_HEAD = """# The screens

Each picture is of a real run at 120 columns and 36 lines; `just pictures` takes them anew and writes this page, whose keys are
those of the code. `esc` goes back one, `?` shows the keys that work where you are, `:` takes a command.
"""


def _keys(tables: Iterable[Iterable[Any]]) -> list[str]:
    lines = ["| key | does |", "|---|---|"]
    for table in tables:
        for binding in table:
            if isinstance(binding, Binding) and (words := binding.tooltip or ""):
                keys = ", ".join(f"`{_SIGNS.get(key.strip(), key.strip())}`" for key in binding.key.split(","))
                lines.append(f"| {keys} | {words.replace('|', chr(92) + '|')} |")
    return lines if len(lines) > 2 else []


def page() -> str:
    """The page, as Markdown."""
    parts = [_HEAD]
    for scene in SCENES:
        picture = f"![{scene.title}](pictures/{scene.name}.svg)"
        keys = _keys(scene.bindings)
        parts.append("\n".join([f"## {scene.title}", "", f"{scene.how} · {scene.words}", "", picture, *([""] if keys else []),
                                *keys, ""]))  # fmt: skip
    parts.append("\n".join(["## Every list", "", *_keys(COMMON), ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(__file__).resolve().parents[2] / "docs" / "screens.md").write_text(page(), "utf-8")
