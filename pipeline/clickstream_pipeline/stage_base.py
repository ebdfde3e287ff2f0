"""What a stage is: checked, run alone, run again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.model import StageState, StageStatus

if TYPE_CHECKING:
    from clickstream_pipeline.probe import Context, Probe, StageReport

Report = Callable[[str], None]


class StageBroken(PipelineError):
    """What a stage has made is there and does not work."""


class Stage(ABC):
    """One stage. `check` says why it is not done ("" where it is); `run` does what is missing."""

    name: str
    title: str
    optional = False

    @abstractmethod
    async def check(self, look: Probe) -> str:
        """Why the stage is not done, "" where it is.

        Raises:
            StageBroken: what it made does not work.
            PipelineError: it cannot be told.
        """

    @abstractmethod
    async def run(self, context: Context, report: Report) -> StageReport:
        """Does what is missing; safe to repeat. `report` is told each step. Raises PipelineError."""

    def requests(self, context: Context) -> list[str]:
        """The exact requests of the stage, as shell lines."""
        return []

    async def status(self, look: Probe) -> StageStatus:
        """The stage as the snapshot shows it: running while it runs, failed where its run or what it made failed."""
        progress = look.context.progress
        if self.name in progress.running:
            return StageStatus(self.name, self.title, StageState.RUNNING, progress.running[self.name])
        try:
            reason = await self.check(look)
        except Unreachable as error:
            starting = await self._are_starting(look)
            return self._unless_optional(StageState.TODO if starting else StageState.FAILED, error.message)
        except PipelineError as error:
            return self._unless_optional(StageState.FAILED, error.message)
        if not reason:
            progress.failed.pop(self.name, None)
            return self._unless_optional(StageState.DONE, "")
        if self.name in progress.failed:
            return self._unless_optional(StageState.FAILED, progress.failed[self.name])
        return self._unless_optional(StageState.TODO, reason)

    def _unless_optional(self, state: StageState, reason: str) -> StageStatus:
        return StageStatus(self.name, self.title, StageState.OPTIONAL if self.optional else state, reason)

    @staticmethod
    async def _are_starting(look: Probe) -> bool:
        """Whether the servers do not run yet, or are about to answer: then nothing has failed."""
        if not look.context.stack.connected:
            return True
        try:
            return any(service.state in ("starting", "restarting", "created") for service in await look.services())
        except PipelineError:
            return False
