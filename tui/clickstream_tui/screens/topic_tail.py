"""The records of any topic: from any place, as columns, JSON, raw or hex; sent again, or new ones written."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from clickstream_pipeline.clients.tail_start import TailStart
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui.console import Console, console_of
from clickstream_tui.guard import Guarded
from clickstream_tui.panes.tail import TailPane
from clickstream_tui.screens.browse import breadcrumbs
from clickstream_tui.screens.produce import ProduceScreen
from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.entry import Entry
from clickstream_widgets.key_bar import KeyBar
from clickstream_widgets.message_line import MessageLine
from clickstream_widgets.safe_text import one_line, printable

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import Tail

_FLUSH = 0.2  # seconds between two looks at what has come
_AT_ONCE = 2_000  # records that are shown at one look
_PLACES = "beginning · end · -200 · @OFFSET · 10m (ago) · 2026-01-31T12:00 · then p2 for partition 2 only"


class TopicTailScreen(Guarded, CalmScreen[None]):
    """Follows one topic.

    BINDINGS:
        | key | does |
        |---|---|
        | m | reads from another place, or one partition only |
        | B | sends the chosen record again, after a question |
        | N | writes a new record |

    Args:
        topic: its name.
        start: where to begin, as `TailStart.parse` reads it.
    """

    CHANGES = frozenset({"resend", "produce"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,backspace", "leave", "Back", id="topic_tail.back", tooltip="Back to where this was opened"),
        Binding("m", "seek", "Records", id="topic_tail.seek",
                tooltip="Read from another place: beginning, end, -N, @OFFSET, 10m ago, a time; p2 for one partition"),
        Binding("B", "resend", "Send again", id="topic_tail.resend", tooltip="Send the chosen record again (asks first)"),
        Binding("N", "produce", "Produce", id="topic_tail.produce", tooltip="Write a new record to the topic"),
    ]  # fmt: skip

    def __init__(self, topic: str, start: str = "-200") -> None:
        super().__init__()
        self.topic = topic
        self._asked = start
        self._tail: Tail | None = None
        self._buffer: TailBuffer[Any] = TailBuffer()

    @property
    def heading(self) -> str:
        """What the screen shows, as the last of the breadcrumbs."""
        return f"Records of {one_line(self.topic)} from {one_line(self._asked)}"

    @property
    def console(self) -> Console:
        return console_of(self)

    @property
    def pane(self) -> TailPane:
        """The records."""
        return self.query_one(TailPane)

    def compose(self) -> ComposeResult:
        yield Static("", classes="browse-title", markup=False)
        yield Entry(placeholder=_PLACES, classes="browse-filter", id="tail-start")
        yield TailPane(id="topic-tail")
        yield MessageLine("M")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#tail-start", Input).display = False
        self.pane.border_title = printable(self.topic)
        self._entitle()
        self.console.show_message()
        self.begin(self._asked)
        self.set_interval(_FLUSH, self._show_records)
        self.pane.focus_inside()

    def on_unmount(self) -> None:
        if self._tail is not None:
            self._tail.stop()

    def begin(self, text: str) -> None:
        """Reads from a place on; what was shown goes. A place that is none is told, and changes nothing."""
        pipeline = self.console.pipeline
        if pipeline is None:
            self.pane.fail(self.console.unchangeable or "The stack is still starting")
            return
        try:
            start = TailStart.parse(text, time.time())
        except PipelineError as error:
            self.console.say(str(error), failed=True)
            return
        if self._tail is not None:
            self._tail.stop()
        self._asked = text.strip()
        self._buffer = buffer = TailBuffer[Any]()
        loop = asyncio.get_running_loop()

        def told(reason: str) -> None:  # in the tail's thread
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._fail, buffer, reason)

        self._tail = pipeline.kafka.raw_tail(self.topic, start.place, buffer.add, told, start.partition)
        self.pane.restart()
        self._entitle()

    def _entitle(self) -> None:
        self.query_one(".browse-title", Static).update(printable(breadcrumbs(self.app.screen_stack)))

    def _fail(self, buffer: TailBuffer[Any], reason: str) -> None:
        if self.is_mounted and buffer is self._buffer:
            self.pane.fail(reason)

    def _show_records(self) -> None:
        records = [] if self.pane.paused else self._buffer.take(_AT_ONCE)
        self.pane.add(records, self._buffer.received, self._buffer.dropped)

    # -- where to begin ----------------------------------------------------------------------------------------

    def action_seek(self) -> None:
        """Asks where to begin."""
        field = self.query_one("#tail-start", Input)
        field.value = ""
        field.display = True
        field.focus()

    @on(Input.Submitted, "#tail-start")
    def _sought(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = False
        if event.value.strip():
            self.begin(event.value)
        self.pane.focus_inside()

    # -- records that are written ------------------------------------------------------------------------------

    def action_resend(self) -> None:
        """Sends the chosen record again as it came: key, value and headers byte by byte."""
        pipeline, message = self.console.pipeline, self.pane.chosen_message
        if pipeline is None or message is None:
            return
        key, value, headers = message.key(), message.value(), tuple(message.headers() or ())

        async def call() -> None:
            await pipeline.operations.produce(self.topic, key, value, headers)

        place = f"{self.topic} {message.partition()}@{message.offset()}"
        question = f"Send the record {place} again? It is added to {self.topic}; what reads the topic reads it twice."
        self.console.change(f"send again {place}", call, question=question, yes="Send", kind="topic", target=self.topic)

    def action_produce(self) -> None:
        """Asks for a record and writes it."""
        pipeline = self.console.pipeline
        if pipeline is None:
            return

        def answered(record: tuple[bytes | None, bytes] | None) -> None:
            if record is not None:
                self.console.change(f"produce to {self.topic}", lambda: pipeline.operations.produce(self.topic, *record),
                                    kind="topic", target=self.topic)  # fmt: skip

        self.app.push_screen(ProduceScreen(self.topic), answered)

    def action_leave(self) -> None:
        """Leaves what is asked first, then the screen."""
        field = self.query_one("#tail-start", Input)
        if field.display:
            field.display = False
            self.pane.focus_inside()
        else:
            self.dismiss()

    @on(TailPane.Leave)
    def _left(self) -> None:
        self.action_leave()
