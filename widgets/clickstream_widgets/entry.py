"""A line to type in whose cursor stands still: one that blinks is drawn, and sent over SSH, twice a second for nothing."""

from __future__ import annotations

from textual.reactive import Reactive
from textual.widgets import Input


class Entry(Input):
    """As Textual's, without the blinking."""

    cursor_blink: Reactive[bool] = Reactive(False, init=False)
