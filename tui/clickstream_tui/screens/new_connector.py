"""Which kind of connector is to be made: the plugins that the worker has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from clickstream_pipeline.clients.connect_settings import Plugin
from clickstream_pipeline.errors import PipelineError
from clickstream_tui.filter_entry import FilteredList
from clickstream_tui.ordered_keys import Awaits
from clickstream_widgets.safe_text import printable
from clickstream_widgets.status_table import StatusTable

_HELP = "enter takes it: its settings are filled in next, and checked before anything is made · esc leaves"


class NewConnectorScreen(ModalScreen[Plugin | None], Awaits):
    """Gives the plugin that was chosen, None for none. It opens at once and asks then.

    Args:
        fetch: gives the plugins. Raises PipelineError.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Plugin]]]) -> None:
        super().__init__()
        self._fetch = fetch
        self._plugins: dict[str, Plugin] | None = None
        self._failed = False

    @property
    def is_awaiting(self) -> bool:
        return self._plugins is None and not self._failed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide-auto") as box:
            box.border_title = "A new connector: of which kind?"
            yield FilteredList(
                "plugins", ("kind", "plugin", "version"), priority=("version",), stretch="plugin", id="plugins"
            )
            yield Static("asking Kafka Connect for its plugins …", id="plugins-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(StatusTable).focus()
        self._load()

    @work(exclusive=True, group="plugins.load", exit_on_error=False)
    async def _load(self) -> None:
        note = self.query_one("#plugins-note", Static)
        try:
            found = await self._fetch()
        except PipelineError as error:
            self._failed = True
            note.update(printable(str(error)))
        else:
            self._plugins = {each.class_name: each for each in found}
            self.query_one(StatusTable).show(
                [(each.class_name, (each.kind, each.class_name, each.version)) for each in found]
            )
            note.update(_HELP if found else "The worker has no plugin.")
        self.arrived()

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.dismiss((self._plugins or {}).get(self.query_one(StatusTable).selected or ""))

    def action_leave(self) -> None:
        self.dismiss(None)
