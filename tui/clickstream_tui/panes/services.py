"""The services: containers or embedded processes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable

from clickstream_pipeline.model import Health, Service, Snapshot
from clickstream_tui.panes.base import badge, health_kind, lasting, state_note
from clickstream_tui.panes.filtered import FilteredPane
from clickstream_widgets.data_list import DataList
from clickstream_widgets.figures import Figure, count
from clickstream_widgets.safe_text import one_line
from clickstream_widgets.sparkline import sparkline

_COURSE = 7  # looks whose processor time is drawn


def _state(service: Service) -> str:
    if service.state == "stopped":
        return "off"
    if service.ready:
        return health_kind(service.health, "good")
    return "bad" if service.state == "restarting" else "waiting"


def _word(service: Service) -> str:
    if service.ready and service.health in (Health.DEGRADED, Health.FAILED):
        return service.health.value
    return "ready" if service.ready else service.state


class ServicesPane(FilteredPane):
    """State and readiness of each service; a port that listens is not yet a service that is ready."""

    title = "Services"
    number = 2
    CHANGES = frozenset({"restart", "stop", "start"})
    BINDINGS = [
        Binding("r", "restart", "Restart", id="services.restart", tooltip="Restart the service"),
        Binding("s", "stop", "Stop", id="services.stop", tooltip="Stop the service (asks first)"),
        Binding("S", "start", "Start", id="services.start", tooltip="Start the service"),
        Binding("l", "logs", "Logs", id="services.logs", tooltip="Show the end of the service's log"),
        Binding(
            "slash",
            "filter",
            "Filter",
            show=False,
            id="services.filter",
            key_display="/",
            tooltip="Show what matches a regular expression, ! before it for the opposite",
        ),
        Binding("escape", "unmark", "All", show=False, id="services.unmark", tooltip="Show all again"),
    ]

    @dataclass
    class OfService(Message):
        """Something is to be done with a service."""

        name: str

    class Restart(OfService):
        """The service is to be restarted."""

    class Stop(OfService):
        """The service is to be stopped."""

    class Start(OfService):
        """The service is to be started."""

    class Logs(OfService):
        """The service's log is to be shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._courses: dict[str, tuple[deque[float | None], deque[float | None]]] = {}
        self._number = 0

    def _course(self, snapshot: Snapshot) -> None:
        """Keeps the processor time and the memory of each service, one value a look."""
        if snapshot.number == self._number:
            return
        self._number = snapshot.number
        names = {each.name for each in snapshot.services}
        self._courses = {name: course for name, course in self._courses.items() if name in names}
        for each in snapshot.services:
            cpu, memory = self._courses.setdefault(each.name, (deque(maxlen=_COURSE), deque(maxlen=_COURSE)))
            cpu.append(each.cpu_percent if each.pid or each.cpu_percent else None)
            memory.append(each.memory or None)

    def compose(self) -> ComposeResult:
        yield DataList(
            ("state", "service", "cpu", "memory", "restarts", "cpu ▂▅▇", "mem ▂▅▇", "address"),
            id="services-table", priority=("address", "mem ▂▅▇", "cpu ▂▅▇", "restarts", "memory", "cpu"),
        )  # fmt: skip
        yield self.filter_field()
        yield self.note_line()

    def show(self, snapshot: Snapshot) -> None:
        self._course(snapshot)
        rows = [
            (each.name, self._cells(each))
            for each in sorted(snapshot.services, key=lambda service: service.health.rank)
        ]
        self.data.show(rows, by_itself=True)
        reasons = [
            f"{s.name} {lasting(s.since)}: {s.why or s.reason}"
            for s in snapshot.services
            if s.reason or s.health in (Health.FAILED, Health.DEGRADED)
        ]
        note = state_note(snapshot, "stack", rows=bool(rows), empty="no services run yet")
        hint = "r restart · s stop · S start · l logs"
        self.say(one_line("; ".join([*([note] if note else []), *reasons])) or hint)

    def _cells(self, service: Service) -> tuple[object, ...]:
        """The state first, as the last to give way."""
        cpu, memory = self._courses.get(service.name, ((), ()))
        runs = bool(service.pid or service.cpu_percent)
        return (
            badge(_state(service), _word(service)), service.name,
            Figure(service.cpu_percent, f"{service.cpu_percent:.0f}%") if runs else Figure(None),
            Figure(service.memory, f"{service.memory / 2**20:.0f} MiB") if service.memory else Figure(None),
            count(service.restarts), sparkline(cpu, _COURSE), sparkline(memory, _COURSE),
            service.address.removeprefix("http://"),
        )  # fmt: skip

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if event.row_key.value is not None:
            self.post_message(self.Logs(event.row_key.value))

    def _ask(self, message: type[OfService]) -> None:
        name = self.data.selected
        if name is not None:
            self.post_message(message(name))

    def action_restart(self) -> None:
        self._ask(self.Restart)

    def action_stop(self) -> None:
        self._ask(self.Stop)

    def action_start(self) -> None:
        self._ask(self.Start)

    def action_logs(self) -> None:
        self._ask(self.Logs)
