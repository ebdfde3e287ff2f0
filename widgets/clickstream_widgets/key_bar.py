"""One line with the keys that work now; it is drawn again only where they changed."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text
from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

_SIGNS = {"question_mark": "?", "colon": ":", "exclamation_mark": "!", "slash": "/", "semicolon": ";", "comma": ",",
          "full_stop": ".", "plus": "+", "minus": "-", "space": " "}  # fmt: skip


class Shown(NamedTuple):
    """A key of the bar: what is pressed for it, how it is written, and the words beside it."""

    key: str
    display: str
    description: str
    tooltip: str
    enabled: bool


class KeyBar(Widget):
    """The keys of the screen and of what has the focus. A click on one presses it.

    Textual's Footer makes a widget of each key, anew at each change of the focus, and keeps those it made before; this
    is one widget, and costs one line to draw.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"key-bar--key", "key-bar--description"}
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        height: 1;
        background: $footer-background;
        .key-bar--key { color: $footer-key-foreground; background: $footer-key-background; text-style: bold; }
        .key-bar--description { color: $footer-description-foreground; background: $footer-description-background; }
    }
    """

    class Refused(Message):
        """A greyed key was clicked: the words beside it."""

        def __init__(self, description: str) -> None:
            super().__init__()
            self.description = description

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.keys: tuple[Shown, ...] = ()
        self._spans: list[tuple[int, int, Shown]] = []  # columns from and to of each key

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen or not self.app.app_focus:
            return
        keys = self._active()
        if keys != self.keys:
            self.keys = keys
            self.refresh()

    def _active(self) -> tuple[Shown, ...]:
        """The keys that are to be shown, the first one of each action.

        Where an editor takes a letter as text, another key of the same action is left: it is shown by its own name.
        """
        shown: dict[str, Shown] = {}
        active = self.screen.active_bindings
        written = {_SIGNS.get(key, key) for key in active}
        for _, binding, enabled, tooltip in active.values():
            if binding.show and binding.action not in shown:
                named = binding if binding.key_display in (None, "", *written) else binding.with_key(binding.key)
                display = self.app.get_key_display(named)
                shown[binding.action] = Shown(binding.key, display, binding.description, tooltip, enabled)
        return tuple(shown.values())

    def render(self) -> Text:
        key_style = self.get_component_rich_style("key-bar--key")
        words_style = self.get_component_rich_style("key-bar--description")
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        self._spans = []
        for shown in self.keys:
            begin = line.cell_len
            dim = "" if shown.enabled else "dim"
            line.append(shown.display, key_style)
            line.append(f" {shown.description}" if shown.description else "", words_style)
            if dim:
                line.stylize(dim, begin)
            self._spans.append((begin, line.cell_len, shown))
            line.append(" ")
        return line

    def _at(self, x: int) -> Shown | None:
        return next((shown for begin, end, shown in self._spans if begin <= x < end), None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        shown = self._at(event.x)
        if shown is None:
            return
        if shown.enabled:
            self.app.simulate_key(shown.key)
        else:
            self.post_message(self.Refused(shown.description))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        shown = self._at(event.x)
        tooltip = None if shown is None else shown.tooltip or shown.description
        if tooltip != self.tooltip:
            self.tooltip = tooltip
