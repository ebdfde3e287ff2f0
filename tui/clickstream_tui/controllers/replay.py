"""The time controls of a replay."""

from __future__ import annotations

from clickstream_tui.console import Console
from clickstream_tui.sources import ReplaySource, Source, Viewer


class ReplayActions(Console):
    """Stands still, goes faster or slower, and jumps; of a live source none of these has a key."""

    source: Source

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action.startswith("replay_"):
            return isinstance(self.source, ReplaySource)
        return self.may(changes=action == "sessionize")

    def action_replay_hold(self) -> None:
        if isinstance(self.source, ReplaySource):
            self.source.hold()

    def action_replay_speed(self, step: int) -> None:
        if isinstance(self.source, ReplaySource):
            self.source.speed(step)

    def jump_to(self, viewer: Viewer, seconds: float) -> None:
        """Shows another moment of the recording."""
        if isinstance(self.source, ReplaySource):
            self.source.jump(viewer, seconds)
