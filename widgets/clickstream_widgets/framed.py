"""What stands in a frame whose title is bold while the focus is inside."""

from __future__ import annotations

from textual.color import Color
from textual.style import Style
from textual.widget import Widget


class Framed(Widget):
    """A widget whose border the style sheet changes with the focus.

    `border-title-style` in the style sheet would draw everything inside anew at each change of the focus, as Textual takes
    a style of text for one that is inherited.
    """

    def _get_title_style_information(self, background: Color) -> tuple[Color, Color, Style]:
        color, behind, style = super()._get_title_style_information(background)
        return color, behind, style + Style(bold=True) if self.has_focus_within else style
