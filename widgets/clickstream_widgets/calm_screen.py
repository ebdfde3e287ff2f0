"""A screen that does not style and draw anew, all of it, at each change of the focus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from textual.dom import DOMNode
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from clickstream_widgets.front_compositor import FrontCompositor

Result = TypeVar("Result")


class CalmScreen(Screen[Result], Generic[Result]):
    """As Textual's, whose `focused` repaints everything; here what gains and what loses the focus is drawn, as its style says."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor = FrontCompositor()

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        """Styles what the rules with `:focus-within` are about; Textual styles all that is inside of the outermost such widget."""
        rules = self.app.stylesheet.rules
        names = {name for rule in rules if "focus-within" in rule.pseudo_classes for name in rule.selector_names}
        about = {node for widget in (focused, blurred) if widget is not None for node in _about(widget, names)}
        if about:
            self.app.stylesheet.update_nodes(about, animate=True)


def _about(widget: Widget, names: set[str]) -> Iterator[DOMNode]:
    """What may look otherwise once a widget has or loses the focus: those around it, and what is in them, of these names."""
    outermost = next((each for each in reversed(widget.ancestors_with_self) if _is_of(each, names)), None)
    if outermost is not None:
        yield from (each for each in outermost.walk_children(with_self=True) if _is_of(each, names))


def _is_of(node: DOMNode, names: set[str]) -> bool:
    """Whether a rule of one of these names may be for a widget, or for a part of it that is styled on its own."""
    parts = node._get_component_classes()  # pyright: ignore[reportPrivateUsage] - as the style sheet asks for them
    return not names.isdisjoint(node._selector_names) or any(f".{part}" in names for part in parts)  # pyright: ignore[reportPrivateUsage]
