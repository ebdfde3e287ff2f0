"""A screen that is not drawn anew, all of it, at each change of the focus."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

Result = TypeVar("Result")


class CalmScreen(Screen[Result], Generic[Result]):
    """As Textual's, whose `focused` repaints everything; here what gains and what loses the focus is drawn, as its style says."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
