"""What the stages pane asks for, and the cycle of pauses that ends sessions."""

from __future__ import annotations

import asyncio
import time

from textual import on, work
from textual.worker import Worker

from clickstream_pipeline import sessionize
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import PipelineEvent
from clickstream_tui.console import Console
from clickstream_tui.dialogs import ConfirmScreen, TextScreen
from clickstream_tui.panes.stages import StagesPane
from clickstream_tui.settings import Settings


class StageActions(Console):
    """Runs stages, one after the other."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._sessionizing: Worker[None] | None = None
        self._phase = ""

    @on(StagesPane.Requests)
    def _show_requests(self, message: StagesPane.Requests) -> None:
        if self.pipeline is None:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
            return
        from clickstream_pipeline.stages import stage

        lines = stage(message.name).requests(self.pipeline.context) or ["This stage makes no request of its own."]
        self.push_screen(TextScreen(f"Requests of the stage {message.name}", "\n\n".join(lines)))

    @on(StagesPane.RunAll)
    def _run_all(self) -> None:
        self.run_all_stages()

    @on(StagesPane.RunNext)
    def _run_next(self) -> None:
        following = self.snapshot.next_stage
        if following is not None:
            self.run_stages([following.name])

    @on(StagesPane.Run)
    def _run_one(self, message: StagesPane.Run) -> None:
        if message.name == "sessionize":
            self.action_sessionize()
        else:
            self.run_stages([message.name])

    def run_all_stages(self) -> None:
        """Every stage that is not optional, in order."""
        from clickstream_pipeline.stages import STAGES

        self.run_stages([each.name for each in STAGES if not each.optional])

    def run_stages(self, names: list[str]) -> None:
        """Runs stages in order, in the background."""
        if self.unchangeable or self.pipeline is None:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
        else:
            self.in_background(self._run_stages(names), "stages.run")

    async def _run_stages(self, names: list[str]) -> None:
        """Stops at the first that fails and says why."""
        assert self.pipeline is not None
        for name in names:
            began = time.monotonic()
            self.say(f"stage {name} …", progress=True)
            outcome = "done"
            try:
                await self.pipeline.run_stage(name, lambda note, name=name: self.say(f"{name}: {note}", progress=True))
            except PipelineError as error:
                outcome = str(error)
                self.say(f"stage {name} failed: {error}", failed=True, progress=True)
            else:
                self.say(f"stage {name} is done", progress=True)
            took = round(time.monotonic() - began, 3)
            self.announcements.note(
                PipelineEvent(int(time.time() * 1000), "operator", "run", "stage", name, outcome, took)
            )
            self.action_refresh()
            if outcome != "done":
                return

    # -- sessionize --------------------------------------------------------------------------------------------

    @property
    def is_sessionizing(self) -> bool:
        return self._sessionizing is not None and self._sessionizing.is_running

    def action_sessionize(self) -> None:
        """Starts, after asking, or stops the cycle of pauses."""
        if self._sessionizing is not None and self._sessionizing.is_running:
            self._sessionizing.cancel()
            self.say("sessionize ended; the clicks go on")
            return
        if self.unchangeable or self.pipeline is None:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._sessionizing = self._sessionize()

        if self.settings.confirm == "loss":
            answered(True)
            return
        question = (
            f"Pause and resume {sessionize.CONNECTOR} again and again, so that sessions end?\n"
            "No clicks come in each pause, so charts and tables show gaps. t ends it, and the clicks go on."
        )
        self.push_screen(ConfirmScreen(question, "Sessionize"), answered)

    @work(exclusive=True, group="stages.sessionize", exit_on_error=False)
    async def _sessionize(self) -> None:
        """Runs the cycle with a countdown; the connector is running again however it ends."""
        if self.pipeline is None:
            return
        phases = sessionize.sessionize(self.pipeline.operations, self.pipeline.home, sleep=self._countdown)
        try:
            async for phase in phases:
                self._phase = f"sessionize, cycle {phase.cycle}: clicks {phase.name}"
        except PipelineError as error:
            self.say(f"sessionize failed: {error}", failed=True)
        finally:
            await phases.aclose()

    async def _countdown(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.say(f"{self._phase}, {left:.0f} s left (t ends it)", progress=True)
            await asyncio.sleep(min(1.0, left))

    async def end_sessionize(self) -> None:
        """Ends the cycle, at the end of the console, and waits until the clicks go on; five seconds at most."""
        if self._sessionizing is not None and self._sessionizing.is_running:
            self._sessionizing.cancel()
            try:
                async with asyncio.timeout(5):
                    await asyncio.gather(self._sessionizing.wait(), return_exceptions=True)
            except TimeoutError:
                self.log("sessionize did not end in time")
