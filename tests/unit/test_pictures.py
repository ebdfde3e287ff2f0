"""The page of the screens says what the code's tables of keys say, and the pictures are well formed."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.pictures.page import page
from tests.pictures.scenes import SCENES
from tests.pictures.svg import INK, PAPER, Cell, drawing

DOCS = Path(__file__).resolve().parents[2] / "docs"


def row(text: str) -> tuple[Cell, ...]:
    return tuple(Cell(each, INK, PAPER, False) for each in text)


def test_the_page_is_that_of_the_keys() -> None:
    assert (DOCS / "screens.md").read_text("utf-8") == page(), "run: python -m tests.pictures.page"


def test_each_scene_has_its_picture() -> None:
    names = {path.stem for path in (DOCS / "pictures").glob("*.svg")}
    assert {scene.name for scene in SCENES} | {"recording"} == names


def test_rows_that_are_the_same_are_written_once() -> None:
    text = drawing([(row("a <&>"), row("same")), (row("b    "), row("same"))], 2.0)
    ElementTree.fromstring(text)
    assert text.count(">same</text>") == 1
    assert "animation:4s" in text
    assert "animation" not in drawing([(row("one"),)])
