"""A fast view of many lines: a ring buffer drawn line by line, so that its cost is that of the screen.

Lines may be any items: what an item reads as is worked out only when it comes into view.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip


class LineView(ScrollView, can_focus=True):
    """Shows the last `capacity` lines and follows them until scrolled up."""

    DEFAULT_CSS = """
    LineView { height: 1fr; background: $surface; color: $foreground; }
    """
    BINDINGS = [
        Binding("f", "follow", "Follow", id="lines.follow", tooltip="Show the newest lines as they come"),
        Binding("g", "scroll_home", "Top", show=False, id="lines.top"),
        Binding("G", "follow", "End", show=False, id="lines.end"),
        Binding("j,down", "move(1)", "Down", show=False, id="lines.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="lines.up"),
        Binding("enter", "choose", "Detail", show=False, id="lines.choose", tooltip="The chosen line in full"),
    ]
    following: reactive[bool] = reactive(True)
    """Whether new lines are scrolled into view."""

    cursor: reactive[int | None] = reactive(None)
    """The number of the chosen line among those held, None while nothing is chosen."""

    class Chosen(Message):
        """A line was chosen: its item."""

        def __init__(self, item: Any) -> None:
            super().__init__()
            self.item = item

    def __init__(
        self,
        *,
        capacity: int = 5_000,
        show: Callable[[Any], str] = str,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lines: deque[Any] = deque(maxlen=capacity)
        self._show = show
        self._widest = 0
        self._seen_size = self.size

    @property
    def lines(self) -> tuple[str, ...]:
        """What is held now, the oldest first."""
        return tuple(self._show(item) for item in self._lines)

    def extend(self, items: Iterable[Any]) -> None:
        """Adds items, whose lines are printable; the oldest give way."""
        items = list(items)
        gone = max(len(self._lines) + len(items) - (self._lines.maxlen or 0), 0)
        self._lines.extend(items)
        if self.cursor is not None:  # stays on its line as the oldest give way
            self.cursor = self.cursor - gone if self.cursor >= gone else None
        size = Size(self._widest, len(self._lines))
        if self.show_vertical_scrollbar and size.width == self.virtual_size.width:
            self._grow(size)
        else:
            self.virtual_size = size
            if self.following:
                # the new size is known only after the next layout
                self.call_after_refresh(self._to_end)
        self.refresh()

    def _grow(self, size: Size) -> None:
        """Takes more lines without a layout: no scrollbar comes or goes by it.

        A layout costs more than the lines, and has the view painted twice: as it was, then scrolled to its end.
        """
        self.set_reactive(LineView.virtual_size, size)  # pyright: ignore[reportArgumentType] - the type of the descriptor
        self.vertical_scrollbar.window_virtual_size = size.height
        self._to_end()

    def _to_end(self) -> None:
        if self.following:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    def _widen(self) -> None:
        self.virtual_size = Size(self._widest, len(self._lines))

    def watch_show_horizontal_scrollbar(self) -> None:
        """The scrollbar takes a line: the newest would be below it."""
        if self.following:
            self.call_after_refresh(self._to_end)

    def clear(self) -> None:
        """Forgets all lines."""
        self._lines.clear()
        self.cursor = None
        self._widest = 0
        self.virtual_size = Size(0, 0)
        self.refresh()

    def on_resize(self) -> None:
        """A change of the size moves the view, but not what the hand wants: who followed goes on following."""
        if self.following:
            self.call_after_refresh(self._to_end)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.size != self._seen_size:  # the view was moved by its new size, not by a hand
            self._seen_size = self.size
            return
        if round(new_value) < round(old_value):
            self.following = False
        elif new_value >= self.max_scroll_y and self.cursor is None:
            self.following = True

    @property
    def chosen(self) -> Any:
        """The item of the chosen line, else the newest; None where there is none."""
        if not self._lines:
            return None
        return self._lines[-1 if self.cursor is None else min(self.cursor, len(self._lines) - 1)]

    def action_move(self, step: int) -> None:
        """Chooses the next line; the first move chooses the last one in view, and the view stands still."""
        if not self._lines:
            return
        last = len(self._lines) - 1
        bottom = last if self.following else self.scroll_offset.y + self.scrollable_content_region.height - 1
        at = bottom if self.cursor is None else self.cursor + step
        self.following = False
        self.cursor = min(max(at, 0), last)
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self.following = False

    def action_choose(self) -> None:
        if self.chosen is not None:
            self.post_message(self.Chosen(self.chosen))

    def watch_cursor(self) -> None:
        self.refresh()

    def action_follow(self) -> None:
        self.cursor = None
        self.following = True
        self.scroll_end(animate=False)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        index = scroll_y + y
        style = self.rich_style
        width = self.scrollable_content_region.width
        if not 0 <= index < len(self._lines):
            return Strip.blank(width, Style.null() + style)
        line = self._show(self._lines[index])
        if len(line) > self._widest:  # one can scroll as far as the widest line seen so far
            self._widest = len(line)
            self.call_later(self._widen)
        if index == self.cursor:
            style = style + Style(reverse=True)
            line = line.ljust(scroll_x + width)
        return Strip([Segment(line, style)]).crop_extend(scroll_x, scroll_x + width, style)
