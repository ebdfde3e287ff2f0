"""What a person sees of the console in a terminal: a pseudo terminal, and the screen that its output makes."""

from __future__ import annotations

import threading
from pathlib import Path

import pyte
from pyte.screens import Char

from tests.pictures.svg import INK, PAPER, Cell, Frame
from tests.terminal import PseudoTerminal


def _cell(char: Char) -> Cell:
    """A character as it looks: what is reversed has its colours the other way round."""
    ink, paper = char.fg, char.bg
    if char.reverse:
        ink, paper = PAPER if paper == "default" else paper, INK if ink == "default" else ink
    return Cell(char.data or " ", ink, paper, char.bold)


class ConsoleScreen:
    """The console in a terminal of its own; a thread reads what it writes, so that it never waits for its reader.

    Args:
        arguments: its command line.
        home: its home folder.
        size: columns and rows.
    """

    def __init__(self, arguments: list[str], home: Path, *, size: tuple[int, int] = (120, 36)) -> None:
        self.terminal = PseudoTerminal(arguments, home, size=size)
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._ending.is_set():
            data = self.terminal.read(0.2)
            self.terminal.seen = b""  # the screen has it
            if data:
                with self._lock:
                    self._stream.feed(data)
            elif self.terminal.process.poll() is not None:
                return

    def lines(self) -> list[str]:
        """The rows of the screen as they are now."""
        with self._lock:
            return [line.rstrip() for line in self._screen.display]

    def frame(self) -> Frame:
        """The screen with its colours."""
        with self._lock:
            lines = [
                [self._screen.buffer[y][x] for x in range(self._screen.columns)] for y in range(self._screen.lines)
            ]
        return tuple(tuple(_cell(each) for each in line) for line in lines)

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    def close(self) -> None:
        """Ends the console."""
        self._ending.set()
        self._reader.join(5)
        self.terminal.close()
