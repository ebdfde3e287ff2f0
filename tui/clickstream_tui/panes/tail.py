"""The live tail of a topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding

from clickstream_pipeline.decode import decode
from clickstream_pipeline.model import Record
from clickstream_tui.panes.base import Pane
from clickstream_widgets.line_view import LineView
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

_CLICK = ("status", "userid", "bytes", "ip", "request")


def line(record: Record) -> str:
    """A record as one line; a click in columns, anything else as key and value."""
    time = datetime.fromtimestamp(record.timestamp / 1000).strftime("%H:%M:%S.%f")[:-3]
    value: Any = record.value
    if isinstance(value, dict) and all(name in value for name in _CLICK):
        status, user, size, ip, request = (one_line(str(value[name]), 120) for name in _CLICK)
        return f"{time} {status:>3} user {user:>3} {size:>6} B {ip:<15} {request}"
    window = "" if record.window is None else f" @{record.window[0]}"
    return f"{time} {one_line(record.key, 60)}{window} {one_line(value)}"


def shown(item: Any) -> str:
    """A record, or a message that was not decoded yet, as a line."""
    return line(item if isinstance(item, Record) else decode(item))


class TailPane(Pane):
    """Follows until scrolled up; the note counts what came, and what was dropped because nobody could read it."""

    title = "CLICKSTREAM"
    number = 4
    BINDINGS = [
        Binding("p", "pause", "Pause", id="tail.pause", tooltip="Stop and go on showing new records"),
        Binding("C", "clear", "Clear", id="tail.clear", tooltip="Forget the records shown"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paused = False
        self._note = "waiting for the first clicks"

    def compose(self) -> ComposeResult:
        yield LineView(id="tail-lines", show=shown)
        yield Note(self._note, id="tail-note", classes="note")

    def add(self, records: Sequence[Any], received: int, dropped: int) -> None:
        """Shows records, or messages, that have come; `received` and `dropped` count from the start."""
        if records:
            self.query_one(LineView).extend(records)
        if received:
            state = (
                "paused"
                if self.paused
                else "following"
                if self.query_one(LineView).following
                else "scrolled: f follows"
            )
            self._note = f"{received} records · {state}" + (f" · {dropped} dropped" if dropped else "")
            self.query_one("#tail-note", Note).say(self._note)

    def fail(self, reason: str) -> None:
        """Says why nothing comes."""
        self.query_one("#tail-note", Note).say(one_line(reason))

    def action_pause(self) -> None:
        self.paused = not self.paused
        self.query_one("#tail-note", Note).say("paused: p goes on" if self.paused else self._note)

    def action_clear(self) -> None:
        self.query_one(LineView).clear()
