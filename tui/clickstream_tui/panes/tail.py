"""The live tail of a topic."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from clickstream_pipeline.decode import decode
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record
from clickstream_pipeline.record_filter import Test, record_filter
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.filter_entry import FilterEntry
from clickstream_tui.panes.base import Pane
from clickstream_widgets.line_view import LineView
from clickstream_widgets.note import Note
from clickstream_widgets.safe_text import one_line

TIMES = ("local", "utc", "relative", "epoch")
_CLICK = ("status", "userid", "bytes", "ip", "request")


def moment(timestamp: int, form: str, now: Callable[[], float] = time.time) -> str:
    """A time of a record (ms) as `local`, `utc`, `relative` or `epoch`."""
    if form == "epoch":
        return str(timestamp)
    if form == "relative":
        return f"{max(now() - timestamp / 1000, 0):8.1f}s ago"
    zone = UTC if form == "utc" else None
    return datetime.fromtimestamp(timestamp / 1000, zone).strftime("%H:%M:%S.%f")[:-3] + ("Z" if zone else "")


def detail(record: Record) -> str:
    """Everything of a record, a line each."""
    value = record.value if isinstance(record.value, str) else json.dumps(record.value, indent=2, default=str)
    window = "" if record.window is None else f"{record.window[0]} to {record.window[1] or '?'}"
    stamp = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds")
    lines = [
        ("topic", record.topic), ("partition", record.partition), ("offset", record.offset),
        ("timestamp", f"{record.timestamp} ({stamp})"), ("key", record.key), ("window", window), ("bytes", record.size),
        *((f"header {name}", text) for name, text in record.headers),
    ]  # fmt: skip
    return "\n".join([*(f"{name:<10} {shown}" for name, shown in lines if shown != ""), "", value])


def line(record: Record, form: str = "local") -> str:
    """A record as one line; a click in columns, anything else as key and value."""
    at = moment(record.timestamp, form)
    value: Any = record.value
    if isinstance(value, dict) and all(name in value for name in _CLICK):
        status, user, size, ip, request = (one_line(str(value[name]), 120) for name in _CLICK)
        return f"{at} {status:>3} user {user:>3} {size:>6} B {ip:<15} {request}"
    window = "" if record.window is None else f" @{record.window[0]}"
    return f"{at} {one_line(record.key, 60)}{window} {one_line(value)}"


FORMS = ("columns", "JSON", "raw", "hex")


def hexed(data: bytes | None) -> str:
    """Bytes in hex, in groups of four."""
    return "null" if data is None else data[:512].hex(" ", 4) + ("…" if len(data) > 512 else "")


def formed(item: Any, form: str, times: str) -> str:
    """A record, or a message, as one line in a form: columns, JSON, raw (as text) or hex."""
    if form == "hex" and not isinstance(item, Record):
        at = moment(item.timestamp()[1], times)
        return f"{at} {item.partition()}@{item.offset()} key {hexed(item.key())} value {hexed(item.value())}"
    if form == "raw" and not isinstance(item, Record):
        key, value = (one_line((data or b"").decode("utf-8", "replace")) for data in (item.key(), item.value()))
        return f"{key} {value}"
    record = decoded(item)
    if form == "JSON":
        return one_line(json.dumps({"key": record.key, "value": record.value}, ensure_ascii=False, default=str))
    return line(record, times)


def decoded(item: Any) -> Record:
    """A record, from itself or from a message that was not decoded yet."""
    return item if isinstance(item, Record) else decode(item)


def _json(record: Record) -> str:
    return json.dumps(dataclasses.asdict(record), ensure_ascii=False, default=str)


class TailPane(Pane):
    """Follows until scrolled up; the note counts what came, and what was dropped because nobody could read it."""

    title = "CLICKSTREAM"
    number = 4
    BINDINGS = [
        Binding("slash", "filter", "Filter", id="tail.filter", key_display="/", tooltip="Show some records only"),
        Binding("escape", "unfilter", "All", show=False, id="tail.unfilter", tooltip="Show all records again"),
        Binding("p", "pause", "Pause", id="tail.pause", tooltip="Stop and go on showing new records"),
        Binding("u", "times", "Times", show=False, id="tail.times", tooltip="Times: local, UTC, relative, epoch"),
        Binding(
            "y", "copy", "Copy", show=False, id="tail.copy", tooltip="Copy the chosen record, else the newest, as JSON"
        ),
        Binding(
            "e", "export", "Export", show=False, id="tail.export", tooltip="Write the records shown to a file (JSONL)"
        ),
        Binding("h", "forms", "Form", show=False, id="tail.forms", tooltip="Records as columns, JSON, raw or hex"),
        Binding("C", "clear", "Clear", id="tail.clear", tooltip="Forget the records shown"),
    ]

    @dataclass
    class Export(Message):
        """Records, a JSON a line, are to be written to a file."""

        text: str

    @dataclass
    class Leave(Message):
        """There was nothing to take back: who shows the pane may be left."""

    @dataclass
    class Said(Message):
        """Something is to be said where messages are: data never overwrites it there."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paused = False
        self._received = 0
        self._dropped = 0
        self._filter = ""
        self._shown = 0
        self._held: deque[Any] = deque(maxlen=5_000)  # what came, whether it is shown or not
        self._passes: Test | None = None
        self._times = TIMES[0]
        self._form = FORMS[0]
        self._note = "waiting for the first clicks"
        self._problem = ""  # why nothing comes now

    def compose(self) -> ComposeResult:
        yield FilterEntry(
            self.title, placeholder="text, /regex/, field=value, or ! before one of them", id="tail-filter"
        )
        yield LineView(id="tail-lines", show=lambda item: formed(item, self._form, self._times))
        yield Note(self._note, id="tail-note", classes="note")

    def add(self, records: Sequence[Any], received: int, dropped: int) -> None:
        """Shows records, or messages, that have come; `received` and `dropped` count from the start."""
        if records:
            self._problem = ""
            self._held.extend(records)
            chosen = self._chosen(records)
            self._shown += len(chosen)
            self.query_one(LineView).extend(chosen)
        self._received, self._dropped = received, dropped
        self._count()

    def _count(self) -> None:
        """The line of counts: why nothing comes, how many came, what is shown of them, and whether it moves."""
        if self._problem and not self._received:
            self.query_one("#tail-note", Note).say(self._problem)
        if not self._received:
            return
        following = self.query_one(LineView).following
        parts = [f"stale: {self._problem}"] if self._problem else []
        parts.append(f"{self._received} records")
        parts.append("paused: p goes on" if self.paused else "following" if following else "scrolled: f follows")
        if self._passes is not None:
            parts.append(f"filter {one_line(self._filter, 40)}: {self._shown} match (esc shows all)")
        if self._dropped:
            parts.append(f"{self._dropped} dropped")
        if self._form != FORMS[0]:
            parts.append(f"as {self._form}")
        if self._times != TIMES[0]:
            parts.append(f"times {self._times}")
        self._note = " · ".join(parts)
        self.query_one("#tail-note", Note).say(self._note)

    def fail(self, reason: str) -> None:
        """Says why nothing comes, until something does; "" once it may come again. What is shown stays."""
        self._problem = one_line(reason)
        self.query_one("#tail-note", Note).say(self._problem or self._note)
        self._count()

    def action_pause(self) -> None:
        self.paused = not self.paused
        self.query_one("#tail-note", Note).say("paused: p goes on" if self.paused else self._note)
        self._count()

    def _chosen(self, records: Iterable[Any]) -> list[Any]:
        passes = self._passes
        if passes is None:
            return list(records)
        return [record for record in map(decoded, records) if passes(record)]

    def action_filter(self) -> None:
        self.query_one(FilterEntry).ask()

    def action_unfilter(self) -> None:
        if not self.query_one(FilterEntry).close() and self._passes is None:
            self.post_message(self.Leave())
        else:
            self._show_only("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_only(event.value)

    def _show_only(self, text: str) -> None:
        """Shows what passes of the records that are held, and of those that come; a bad filter changes nothing."""
        field = self.query_one(Input)
        try:
            passes = record_filter(text)
        except PipelineError as error:
            field.display = True
            field.add_class("-invalid")
            field.focus()
            self.post_message(self.Said(f"The filter is not in force: {one_line(str(error))}"))
            return
        field.remove_class("-invalid")
        self._passes, self._filter = passes, text
        view = self.query_one(LineView)
        view.clear()
        chosen = self._chosen(self._held)
        self._shown = len(chosen)
        view.extend(chosen)
        view.call_after_refresh(view.action_follow)  # the new size has to be known first
        self._count()
        view.focus()

    def action_forms(self) -> None:
        """The next form: columns, JSON, raw, hex."""
        self._form = FORMS[(FORMS.index(self._form) + 1) % len(FORMS)]
        self.query_one(LineView).refresh()
        self._count()
        self.post_message(self.Said(f"records are shown as {self._form}"))

    @property
    def chosen_message(self) -> Any:
        """The chosen record as it came from the broker, else the newest; None where there is none."""
        item = self.query_one(LineView).chosen
        return None if isinstance(item, Record) else item

    def restart(self) -> None:
        """Forgets everything: another tail begins."""
        self.action_clear()
        self._received = self._dropped = 0
        self._problem = ""
        self._note = "waiting for the first records"
        self.query_one("#tail-note", Note).say(self._note)

    def action_times(self) -> None:
        """The next way to show times."""
        self._times = TIMES[(TIMES.index(self._times) + 1) % len(TIMES)]
        self.query_one(LineView).refresh()
        self._count()
        self.post_message(self.Said(f"times are {self._times}"))

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        record = decoded(event.item)
        self.app.push_screen(TextScreen(f"{record.topic} {record.partition}@{record.offset}", detail(record)))

    def action_copy(self) -> None:
        """To the terminal's clipboard (OSC 52); not every terminal takes it, so where it went is said."""
        item = self.query_one(LineView).chosen
        if item is not None:
            self.app.copy_to_clipboard(_json(decoded(item)))
            text = "copied with OSC 52; where your terminal does not take that, e writes a file"
            self.post_message(self.Said(text))

    def action_export(self) -> None:
        records = self._chosen(self._held)
        self.post_message(self.Export("\n".join(_json(decoded(item)) for item in records)))

    def action_clear(self) -> None:
        self._held.clear()
        self.query_one(LineView).clear()
