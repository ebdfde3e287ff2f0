"""Draws of what has changed what is seen of it: nothing beside it, nothing behind it."""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor  # pyright: ignore[reportPrivateUsage] - a screen has no other
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget


class FrontCompositor(Compositor):
    """As Textual's, which draws every widget in the rectangle around all changes, and every container behind them.

    A table that changes at the top and a line at the bottom make that rectangle the whole screen. Here a widget is drawn
    where it shows something of a changed part, and no part is looked for any further behind the first widget that fills it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._changed: frozenset[Region] | None = None  # while these, and nothing else, are drawn

    def update_widgets(self, widgets: set[Widget]) -> None:
        # a scrollbar that is styled and not shown would have all widgets arranged anew, as one that is new
        super().update_widgets({each for each in widgets if not (isinstance(each, ScrollBar) and _is_hidden(each))})

    def render_partial_update(self) -> ChopsUpdate | None:
        self._changed = frozenset(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if self._changed is None:
            yield from super()._get_renders(crop)
            return
        screen = self.size.region
        left = {part for region in self._changed if (part := region.intersection(screen))}
        for widget, (region, clip) in self.visible_widgets.items():  # what is in front comes first
            seen = region.intersection(clip)
            if not seen or not any(map(seen.overlaps, left)):
                continue
            yield region, clip, widget.render_lines(seen.translate(-region.offset))
            left = {part for part in left if not seen.contains_region(part)}
            if not left:
                return


def _is_hidden(bar: ScrollBar) -> bool:
    owner = bar.parent
    return isinstance(owner, Widget) and not (
        owner.show_vertical_scrollbar if bar.vertical else owner.show_horizontal_scrollbar
    )
