"""Where what the console shows comes from: servers, or a recording of a run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from clickstream_pipeline import charts, sessionize
from clickstream_pipeline.charts import Series
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot, StageState
from clickstream_pipeline.recording import Event, Player, Recording
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui.composition import load_clients, make_pipeline, make_stack
from clickstream_tui.settings import Settings

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import Tail
    from clickstream_pipeline.session import PipelineSession

POLL, CALM = 1.0, 2.7  # seconds; CALM is between polls while all is well, with QUICK below five seconds
SETTLED = 20.0  # seconds after which troubles that stay the same are looked at as seldom as what is well
CHART, _EAGER = 2.0, 0.4  # seconds between two looks at the charts, and while one waits for its first data
_STARTING = 60.0  # seconds in which one may wait so
FLUSH = 0.2  # seconds between two looks at what the tail has read
_SHOWN = 2_000  # records of a look that are shown, the newest
_UNHURRIED, _MANY = (
    3,
    400,
)  # such looks between two drawings of a tail that nobody works in; records that do not wait for it
TOPIC = "clickstream"
JUMP = 10.0  # seconds that a replay goes on or back by
SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Viewer(Protocol):
    """Who shows what a source has."""

    snapshot: Snapshot

    def show(self, snapshot: Snapshot) -> None:
        """Shows a snapshot."""
        ...

    def draw(self, name: str, lines: Iterable[Series], note: str = "") -> None:
        """Draws a chart, or says in its place what keeps it from being drawn."""
        ...

    def add_records(self, records: list[Any], received: int, dropped: int) -> None:
        """Shows records, or messages, of the tail."""
        ...

    def fail_tail(self, reason: str) -> None:
        """Says why no records come."""
        ...

    def records_wait(self) -> None:
        """There are records to be fetched by `flush` where there were none."""
        ...

    def say(self, text: str, *, failed: bool = False, progress: bool = False) -> None:
        """Says something."""
        ...

    @property
    def has_charts(self) -> bool:
        """Whether every chart has data."""
        ...


class LiveSource:
    """Servers: started or joined, then looked at again and again. `run` is its loops, which end with the console."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pipeline: PipelineSession | None = None
        self.started_here = False
        self._viewer: Viewer | None = None
        # what will not be shown is let go where it was read
        self._buffer: TailBuffer[Any] = TailBuffer(_SHOWN, self._heard)
        self._charts = charts.Feed()
        self._tail: Tail | None = None
        self._wanted = asyncio.Event()
        self._passed = 0  # looks at the tail since it was drawn
        self._state: object = None  # what is well and what is not, and since when (monotonic seconds) it is so
        self._changed = 0.0

    async def open(self, viewer: Viewer) -> PipelineSession:
        """Starts or joins the servers; tries until they are there."""
        stack = await asyncio.to_thread(make_stack, self._settings)  # loads Docker's client where that is asked for
        loading = asyncio.create_task(asyncio.to_thread(load_clients))
        while True:
            try:
                self.started_here = await stack.ensure()
                break
            except PipelineError as error:
                viewer.say(f"{error} Trying again in 3 s.", failed=True)
                await asyncio.sleep(3)
        await loading
        self.pipeline = make_pipeline(self._settings, stack)
        self._viewer, self._loop = viewer, asyncio.get_running_loop()
        failed = self._tail_failed(viewer)
        self._tail = self.pipeline.kafka.raw_tail(TOPIC, "-200", self._take, failed)
        return self.pipeline

    def _take(self, messages: list[Any]) -> None:  # in the tail's thread
        self._charts.bandwidth.add_messages(messages)  # all that came, whether it will be shown or not
        self._buffer.add(messages)

    def _heard(self) -> None:  # in the tail's thread
        if self._viewer is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._viewer.records_wait)

    def _tail_failed(self, viewer: Viewer) -> Callable[[str], None]:
        loop = asyncio.get_running_loop()

        def told(reason: str) -> None:  # in the tail's thread
            if not loop.is_closed():
                loop.call_soon_threadsafe(viewer.fail_tail, reason)

        return told

    async def mend(self, viewer: Viewer) -> None:
        """Resumes what a sessionize that was killed left paused."""
        assert self.pipeline is not None
        try:
            if not self._settings.read_only and await sessionize.mend(self.pipeline.operations, self.pipeline.home):
                viewer.say(f"A sessionize had ended in its pause: {sessionize.CONNECTOR} is resumed")
        except PipelineError as error:
            viewer.say(str(error), failed=True)

    def refresh(self) -> None:
        """Asks all servers now."""
        self._wanted.set()

    async def follow(self, viewer: Viewer) -> None:
        """Polls, shows, and only then sets the time of the next poll."""
        assert self.pipeline is not None
        while True:
            self._wanted.clear()
            viewer.show(await self.pipeline.monitor.poll())
            if not self.pipeline.stack.connected:
                await self._revive(viewer)
            try:
                async with asyncio.timeout(CALM if self._is_calm(viewer.snapshot) else POLL):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    def _is_calm(self, snapshot: Snapshot) -> bool:
        """Whether it is enough to look seldom: all is well, or what is not has been the same for a while."""
        troubles = [(each.kind, each.name, each.health) for each in snapshot.problems]
        state = (snapshot.ready, tuple(each.ok for each in snapshot.servers), tuple(troubles))
        if state != self._state:
            self._state, self._changed = state, time.monotonic()
        if any(each.state is StageState.RUNNING for each in snapshot.stages):
            return False
        well = snapshot.ready and all(state[1]) and not troubles
        return well or time.monotonic() - self._changed > SETTLED

    async def _revive(self, viewer: Viewer) -> None:
        """The supervisor has died: its servers have ended with it, so start them again."""
        assert self.pipeline is not None
        try:
            await self.pipeline.stack.ensure()
        except PipelineError as error:
            viewer.say(str(error), failed=True)

    def flush(self, viewer: Viewer, *, watched: bool = True) -> bool:
        """Gives what the tail has read to the viewer; less often where few records come and nobody works in the tail.

        Returns:
            Whether it is worth to look again before more is heard of.
        """
        self._passed += 1
        if not watched and self._passed < _UNHURRIED and self._buffer.waiting < _MANY:
            return True
        self._passed = 0
        records = self._buffer.take()
        viewer.add_records(list(records), self._buffer.received, self._buffer.dropped)
        return bool(records)

    async def chart(self, viewer: Viewer) -> None:
        """Draws the charts, one after the other, then waits: longer while no clicks come, as little changes then."""
        assert self.pipeline is not None
        seen, clock = -1, asyncio.get_running_loop().time
        starting = clock() + _STARTING
        while True:
            came, seen = self._buffer.received != seen, self._buffer.received
            for name in charts.NAMES:
                try:
                    lines = await self._charts.lines(
                        name, self.pipeline.ksqldb, viewer.snapshot.sources, self.pipeline.kafka
                    )
                except PipelineError as error:
                    viewer.draw(name, (), error.message)
                else:
                    if lines is not None:
                        viewer.draw(name, lines)
            is_new = clock() < starting and not viewer.has_charts  # one may stay empty: no session is open, say
            await asyncio.sleep(_EAGER if is_new else CHART if came else 3 * CHART)

    async def close(self) -> None:
        """Ends the tail, and gives up the servers."""
        if self._tail is not None:
            self._tail.stop()
        if self.pipeline is not None:
            await self.pipeline.close()


class ReplaySource:
    """A recording in place of servers: there is no client at all, and the time is in one's hand."""

    def __init__(self, recording: Recording) -> None:
        self.player = Player(recording)

    def advance(self, viewer: Viewer) -> None:
        """Shows what became known in one step of the clock."""
        self._show(viewer, self.player.advance(FLUSH))

    @staticmethod
    def _show(viewer: Viewer, events: Iterable[Event]) -> None:
        for event in events:
            if event.snapshot is not None:
                viewer.show(event.snapshot)
            elif event.chart:
                viewer.draw(event.chart, event.lines)
            else:
                viewer.add_records(list(event.records), event.received, 0)

    @property
    def position(self) -> str:
        """Where in the recording it is, in words."""
        player = self.player
        state = "paused" if player.paused else "at its end" if player.is_at_end else f"×{player.speed:g}"
        return f"REPLAY {player.position:.0f} s of {player.recording.seconds:.0f} s, {state}"

    def hold(self) -> None:
        """Stands still, or goes on."""
        self.player.paused = not self.player.paused

    def speed(self, step: int) -> None:
        """Faster or slower by a step."""
        nearest = min(range(len(SPEEDS)), key=lambda number: abs(SPEEDS[number] - self.player.speed))
        self.player.speed = SPEEDS[min(max(nearest + step, 0), len(SPEEDS) - 1)]

    def jump(self, viewer: Viewer, seconds: float) -> None:
        """Shows the state of another moment: of snapshots and charts the last, of records the newest."""
        events = self.player.jump(seconds)
        latest: dict[str, Event] = {}
        for event in events:
            if event.snapshot is not None or event.chart:
                latest[event.chart or "snapshot"] = event
        self._show(viewer, [*latest.values(), *[event for event in events if event.records][-20:]])


Source = LiveSource | ReplaySource
