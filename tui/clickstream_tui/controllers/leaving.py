"""How the console is left, and what becomes of its stack."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.controllers.profiles import ProfileActions
from clickstream_tui.controllers.stages import StageActions
from clickstream_tui.dialogs import QuitScreen
from clickstream_tui.sources import LiveSource, Source


class LeavingActions(StageActions, ProfileActions):
    """Leaves, asking first where something would stop."""

    source: Source

    async def action_quit(self) -> None:
        """Leaves; asks first where the stack that the console started stops with it."""
        if not (isinstance(self.source, LiveSource) and self.source.started_here):
            await self.leave()
            return

        def answered(choice: str | None) -> None:
            if choice == "stop":
                self.call_later(self.leave)
            elif choice == "keep":
                self.action_leave_running()
            else:
                self.next_profile = ""

        if not isinstance(self.screen, QuitScreen):
            self.push_screen(QuitScreen(len(self.snapshot.queries), len(self.snapshot.connectors)), answered)

    def action_leave_running(self) -> None:
        """Leaves; the servers go on without the console."""
        self.in_background(self._pin_and_leave(), "app.leave")

    async def _pin_and_leave(self) -> None:
        if self.pipeline is not None:
            try:
                await self.pipeline.stack.pin()
            except PipelineError as error:
                self.say(f"The stack could not be kept: {error}", failed=True)
                return
        await self.leave()

    async def leave(self) -> None:
        """Ends what runs, then leaves; nothing is asked."""
        self.say("ending …", progress=True)
        await self.end_sessionize()
        self.exit(0)

    def end_on_signals(self) -> None:
        """SIGTERM ends the console as a person would, but without a question.

        SIGHUP keeps its own way, the end at once: the terminal is gone, and to draw a farewell would wait for it for ever.
        The stack ends with its lease, and a pause that is left is mended at the next start.
        """
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in the main thread: a test
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: self.call_later(self.leave))
