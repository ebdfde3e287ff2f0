"""The live tail of a topic."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from clickstream_pipeline.decode import decode
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record
from clickstream_pipeline.record_filter import Test, record_filter
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
        Binding("slash", "filter", "Filter", id="tail.filter", key_display="/", tooltip="Show some records only"),
        Binding("escape", "unfilter", "All", show=False, id="tail.unfilter", tooltip="Show all records again"),
        Binding("p", "pause", "Pause", id="tail.pause", tooltip="Stop and go on showing new records"),
        Binding("C", "clear", "Clear", id="tail.clear", tooltip="Forget the records shown"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paused = False
        self._held: deque[Any] = deque(maxlen=5_000)  # what came, whether it is shown or not
        self._passes: Test | None = None
        self._note = "waiting for the first clicks"

    def compose(self) -> ComposeResult:
        field = Input(placeholder="text, /regex/, field=value, or ! before one of them", id="tail-filter")
        field.display = False
        yield field
        yield LineView(id="tail-lines", show=shown)
        yield Note(self._note, id="tail-note", classes="note")

    def add(self, records: Sequence[Any], received: int, dropped: int) -> None:
        """Shows records, or messages, that have come; `received` and `dropped` count from the start."""
        if records:
            self._held.extend(records)
            self.query_one(LineView).extend(self._chosen(records))
        if received:
            state = (
                "paused"
                if self.paused
                else "following"
                if self.query_one(LineView).following
                else "scrolled: f follows"
            )
            if self._passes is not None:
                state += ", filtered (esc shows all)"
            self._note = f"{received} records · {state}" + (f" · {dropped} dropped" if dropped else "")
            self.query_one("#tail-note", Note).say(self._note)

    def fail(self, reason: str) -> None:
        """Says why nothing comes."""
        self.query_one("#tail-note", Note).say(one_line(reason))

    def action_pause(self) -> None:
        self.paused = not self.paused
        self.query_one("#tail-note", Note).say("paused: p goes on" if self.paused else self._note)

    def _chosen(self, records: Iterable[Any]) -> list[Any]:
        passes = self._passes
        if passes is None:
            return list(records)
        decoded = (item if isinstance(item, Record) else decode(item) for item in records)
        return [record for record in decoded if passes(record)]

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_unfilter(self) -> None:
        field = self.query_one(Input)
        field.value = ""
        field.display = False
        self._show_only("")
        self.query_one(LineView).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_only(event.value)
        self.query_one(LineView).focus()

    def _show_only(self, text: str) -> None:
        """Shows what passes of the records that are held, and of those that come."""
        try:
            self._passes = record_filter(text)
        except PipelineError as error:
            self.query_one("#tail-note", Note).say(one_line(str(error)))
            return
        view = self.query_one(LineView)
        view.clear()
        view.extend(self._chosen(self._held))
        view.call_after_refresh(view.action_follow)  # the new size has to be known first

    def action_clear(self) -> None:
        self._held.clear()
        self.query_one(LineView).clear()
