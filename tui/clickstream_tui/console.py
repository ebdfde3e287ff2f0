"""What the controllers and the screens may ask of the console: the pipeline, a message, a question, a change."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ScreenStackError
from textual.widget import Widget

from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import PipelineEvent, Snapshot
from clickstream_tui.announcements import Announcements
from clickstream_tui.dialogs import ConfirmScreen
from clickstream_tui.ordered_keys import OrderedKeysApp
from clickstream_tui.settings import Settings
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.safe_text import one_line

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession

Call = Callable[[], Awaitable[Any]]


class Console(OrderedKeysApp[int]):
    """The part of the application that does not know how it is laid out."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.pipeline: PipelineSession | None = None
        self.snapshot = Snapshot()
        self.announcements = Announcements()
        self.filters: dict[str, str] = {}
        """The last filter of each list, which `/` offers again."""

    # -- messages ----------------------------------------------------------------------------------------------

    def say(self, text: str, *, failed: bool = False, progress: bool = False) -> None:
        """Shows a message on whatever screen is open, for ten seconds; it is an event too, unless it tells progress."""
        self.announcements.say(text, failed=failed, progress=progress)
        self.show_message()

    def show_message(self) -> None:
        """Brings the line for messages up to date; it empties once the message has expired."""
        text = one_line(self.announcements.message)
        for line in self.message_lines:
            line.say(text)

    @property
    def message_lines(self) -> list[MessageLine]:
        """The lines for messages of the screen that is open; none while the console ends."""
        try:
            return [each for each in self.screen.children if isinstance(each, MessageLine)]
        except ScreenStackError:
            return []

    # -- read-only ---------------------------------------------------------------------------------------------

    @property
    def unchangeable(self) -> str:
        """Why nothing may be changed, "" where it may."""
        if self.settings.replay is not None:
            return "This is a replay: there is nothing to change or to ask"
        if self.settings.read_only:
            return f"This is read-only mode, so nothing is changed. {self.settings.read_only_hint}"
        return ""

    def may(self, changes: bool) -> bool | None:
        """For `check_action`: None greys the key of an action that changes something where nothing may be changed."""
        return None if changes and self.unchangeable else True

    def on_key(self, event: events.Key) -> None:
        """A greyed key says why it does nothing."""
        active = self.screen.active_bindings.get(event.key)
        if active is not None and not active.enabled and self.unchangeable:
            self.say(self.unchangeable)

    def on_key_bar_refused(self, event: KeyBar.Refused) -> None:
        event.stop()
        self.bell()
        self.say(self.unchangeable or f"{event.description} cannot be done now")

    # -- changes -----------------------------------------------------------------------------------------------

    def change(
        self, what: str, call: Call, *, question: str = "", yes: str = "", loses: bool = True, type_name: str = "",
        kind: str = "", target: str = "",
    ) -> None:  # fmt: skip
        """Does something that changes the pipeline, after asking where a question is given.

        Args:
            what: the change in words, for messages and events: `stop kafka`.
            call: does it.
            question: names the target and what depends on it; "" asks nothing.
            yes: the word of the button that agrees.
            loses: whether data could be lost: other questions can be turned off (`confirm = "loss"`).
            type_name: what must be typed to agree, "" for nothing.
            kind: of the target (service, connector …), for the event.
            target: its name.
        """
        if self.unchangeable:
            self.say(self.unchangeable)
            return
        if self.pipeline is None:
            self.say("The stack is still starting: try again in a moment")
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.run_worker(self._change(what, call, kind, target), group="app.operate", exit_on_error=False)

        if not question or (not loses and self.settings.confirm == "loss"):
            answered(True)
        else:
            self.push_screen(ConfirmScreen(question, yes or what.split(" ")[0].capitalize(), type_name), answered)

    async def _change(self, what: str, call: Call, kind: str, target: str) -> None:
        self.say(f"{what} …", progress=True)
        began, outcome = time.monotonic(), "done"
        try:
            await call()
        except PipelineError as error:
            outcome = str(error)
            self.announcements.say(f"{what} failed: {error}", failed=True, progress=True)
        else:
            self.announcements.say(f"{what}: done", progress=True)
        took = round(time.monotonic() - began, 3)
        at = int(time.time() * 1000)
        self.announcements.note(PipelineEvent(at, "operator", what, kind, target, outcome, took))
        self.show_message()
        self.action_refresh()

    def in_background(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = True) -> None:
        """Runs something that takes time; the group's work before is ended."""
        self.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)

    def action_refresh(self) -> None:
        """Asks all servers now."""


def console_of(widget: Widget) -> Console:
    """The console that a widget is part of."""
    app = widget.app
    assert isinstance(app, Console)
    return app
