"""`python -m tests.pictures HOME FOLDER`: opens a console over a home folder, whose stack runs, and takes all pictures."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from clickstream_tui import tour
from clickstream_tui.settings import Settings
from tests.pictures.page import page
from tests.pictures.scenes import ESC, SCENES
from tests.pictures.svg import Frame, drawing
from tests.screen import ConsoleScreen

_LIMIT = 60.0  # seconds for what a scene shows
_BETWEEN = 0.5  # seconds between two keys, and until a screen stands still


def _until(screen: ConsoleScreen, text: str) -> None:
    deadline = time.monotonic() + _LIMIT
    while text not in screen.text:
        if time.monotonic() > deadline:
            raise SystemExit(f"{text!r} was not seen:\n{screen.text}")
        time.sleep(0.1)


def main(home: Path, folder: Path) -> None:
    """Takes each picture, then joins those that are part of the recording."""
    os.environ["COLORTERM"] = "truecolor"
    folder.mkdir(parents=True, exist_ok=True)
    tour.is_due(Settings(home=home))  # from now on it is not: the pictures are of what comes after it
    screen = ConsoleScreen([], home, size=(120, 36))
    frames: list[Frame] = []
    try:
        _until(screen, "all well")
        time.sleep(20)  # the charts want some data
        for scene in SCENES:
            for key in scene.keys:
                screen.terminal.type(key)
                time.sleep(_BETWEEN)
            _until(screen, scene.seen)
            time.sleep(2)
            frame = screen.frame()
            (folder / f"{scene.name}.svg").write_text(drawing([frame]), "utf-8")
            frames += [frame] if scene.moves else []
            for _ in range(4):
                screen.terminal.type(ESC)
                time.sleep(_BETWEEN)
        screen.terminal.type("1q")
        time.sleep(2)
    finally:
        screen.close()
    (folder / "recording.svg").write_text(drawing(frames, 2.5), "utf-8")
    (folder.parent / "screens.md").write_text(page(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
