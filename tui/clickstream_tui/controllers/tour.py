"""The tour, step by step; it takes no key from what is shown."""

from __future__ import annotations

from textual import on

from clickstream_tui import tour
from clickstream_tui.console import Console
from clickstream_tui.panes.tour import TourPanel


class TourActions(Console):
    """Shows the six steps on the home screen. Every key goes on to do what it does."""

    _tour_step: int | None = None  # None while there is no tour

    @property
    def bound(self) -> dict[str, str]:
        """The key of each action's id, as it is bound now."""
        return {}

    @property
    def has_tour(self) -> bool:
        """Whether a step is on the screen that is open."""
        return self._tour_step is not None and len(self.screen_stack) == 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("tour_on", "tour_end"):
            return self.has_tour
        return super().check_action(action, parameters)

    def action_tour(self) -> None:
        """The tour from its beginning, on the home screen."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._show_step(0)

    def action_tour_on(self, step: int) -> None:
        """The next step, or the one before; after the last one the tour ends."""
        if self._tour_step is not None:
            self._show_step(max(self._tour_step + step, 0))

    def action_tour_end(self) -> None:
        """Ends it; it does not come again by itself."""
        self._show_step(None)

    @on(TourPanel.On)
    def _clicked(self) -> None:
        self.action_tour_on(1)

    def _show_step(self, number: int | None) -> None:
        last = len(tour.STEPS) - 1
        self._tour_step = None if number is None or number > last else number
        panel = self.screen_stack[0].query_one(TourPanel)
        if self._tour_step is None:
            panel.display = False
        else:
            bound = self.bound
            keys = [f"{bound['tour.on']} {'goes on' if number != last else 'ends it'}"]
            keys += [f"{bound['tour.back']} goes back"] if number else []
            keys += [f"{bound['tour.end']} skips it"] if number != last else []
            place = f"{self._tour_step + 1} of {last + 1}"
            panel.tell(place, tour.step_text(self._tour_step, bound.__getitem__), " · ".join(keys))
        self.screen_stack[0].refresh_bindings()
