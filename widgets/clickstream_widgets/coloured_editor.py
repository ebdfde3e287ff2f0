"""A text area whose text is coloured by a function of the whole text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.widgets import TextArea

_LONGEST = 20_000  # characters; a longer text is shown without colours rather than slowly


class Span(NamedTuple):
    """A stretch of a text, by character, and what it is: one of `ColouredEditor.KINDS`."""

    start: int
    stop: int
    kind: str


Colour = Callable[[str], Iterable[Span]]


class ColouredEditor(TextArea):
    """Colours are those of the theme, so that they are readable in each.

    Args:
        text: what stands in it at first.
        colour: gives the stretches of a text that are coloured, in their order.
        id: of the widget.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("keyword", "function", "text", "number", "name", "comment", "problem")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"coloured--{kind}" for kind in KINDS}
    DEFAULT_CSS = """
    ColouredEditor {
        .coloured--keyword { color: $text-primary; text-style: bold; }
        .coloured--function { color: $text-secondary; }
        .coloured--text { color: $text-success; }
        .coloured--number { color: $text-accent; }
        .coloured--name { color: $text-warning; }
        .coloured--comment { text-style: dim italic; }
        .coloured--problem { color: $text-error; text-style: underline; }
    }
    """

    def __init__(self, text: str = "", *, colour: Colour, id: str | None = None) -> None:
        super().__init__(text, soft_wrap=True, tab_behavior="focus", id=id)
        self.cursor_blink = False
        self.highlight_cursor_line = False  # it would draw over the colours
        self._colour = colour
        self._coloured = ""  # the text that the spans are of
        self._spans: list[list[Span]] = []  # of each line, by column

    def recolour(self) -> None:
        """What the colours say besides the text has changed."""
        self._spans = []
        self.notify_style_update()
        self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        text = self.text
        if len(text) > _LONGEST:
            return line
        if not self._spans or text != self._coloured:
            self._coloured, self._spans = text, by_line(text, self._colour(text))
        for span in self._spans[line_index] if line_index < len(self._spans) else ():
            style = self.get_component_rich_style(f"coloured--{span.kind}", partial=True)
            line.stylize(style, span.start, span.stop)
        return line


def by_line(text: str, spans: Iterable[Span]) -> list[list[Span]]:
    """The spans of each line, by column; one that goes over several lines is parted."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[list[Span]] = [[] for _ in lines]
    place = 0
    for span in spans:
        while starts[place + 1] <= span.start:
            place += 1
        number = place
        while number < len(lines) and starts[number] < span.stop:
            begin = max(span.start - starts[number], 0)
            end = min(span.stop - starts[number], len(lines[number]))
            if begin < end:
                found[number].append(Span(begin, end, span.kind))
            number += 1
    return found
