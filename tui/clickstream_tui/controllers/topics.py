"""What the tail asks for."""

from __future__ import annotations

import time

from textual import on

from clickstream_tui.console import Console
from clickstream_tui.panes.tail import TailPane


class TopicActions(Console):
    """Opens a topic's records, and writes records to files."""

    def action_tail(self, topic: str = "") -> None:
        """The records of a topic as they come, from 200 before its end; without a name those of the pane."""
        if topic:
            from clickstream_tui.screens.topic_tail import TopicTailScreen

            self.push_screen(TopicTailScreen(topic))
        else:
            self.call_later(self.run_action, "app.pane(4)")

    @on(TailPane.Export)
    def _export_records(self, message: TailPane.Export) -> None:
        self.in_background(self._export(message.text), "app.export", exclusive=False)

    async def _export(self, text: str) -> None:
        """Writes the records that the tail shows to a file of the home folder."""
        file = self.settings.home / "exports" / time.strftime("tail-%Y%m%d-%H%M%S.jsonl")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n" if text else "", "utf-8")
        except OSError as error:
            self.say(f"The records could not be written to {file} ({error.strerror})", failed=True)
        else:
            self.say(f"{len(text.splitlines())} records are in {file}")

    @on(TailPane.Said)
    def _tail_said(self, message: TailPane.Said) -> None:
        self.say(message.text, progress=True)
