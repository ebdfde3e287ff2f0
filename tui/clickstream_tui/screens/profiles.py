"""The clusters that can be looked at: which there are, whether they answer, and how to go to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.filter_entry import FilteredList
from clickstream_tui.settings import Settings, for_profile
from clickstream_widgets.safe_text import one_line, printable
from clickstream_widgets.status_table import Row, StatusTable

if TYPE_CHECKING:
    from clickstream_pipeline.server_checks import ServerCheck

Check = Callable[[Settings], "Awaitable[Sequence[ServerCheck]]"]


class ProfilesScreen(ModalScreen[str]):
    """Lists the profiles of the settings; gives the name of the one that was chosen, "" for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("c", "check", "Test", tooltip="Ask each server of the profile: version, latency, or the cause why not"),
    ]

    def __init__(self, settings: Settings, check: Check) -> None:
        super().__init__()
        self._settings = settings
        self._check = check

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide offsets") as box:
            box.border_title = "Profiles"
            yield FilteredList(
                "profiles", ("", "profile", "kind", "changes", "kafka"), priority=("kafka",), id="profiles"
            )
            yield Static("", id="profile-checks", markup=False)
            yield Static("enter goes there · c tests its servers · esc stays", classes="note", markup=False)

    def on_mount(self) -> None:
        self.query_one(StatusTable).show(self._rows())
        self.query_one(StatusTable).focus()

    def _rows(self) -> list[Row]:
        current = self._settings.profile_name or self._settings.profile
        rows: list[Row] = []
        for name in self._settings.profile_names:
            chosen = for_profile(self._settings, name)
            shown = Text(one_line(name), style=chosen.color or "")
            kafka = chosen.remote["kafka"].url if "kafka" in chosen.remote else "its own"
            rows.append(
                (
                    name,
                    (
                        "●" if name == current else " ",
                        shown,
                        chosen.profile,
                        "read-only" if chosen.read_only else "yes",
                        kafka,
                    ),
                )
            )
        return rows

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.dismiss(self.query_one(StatusTable).selected or "")

    @work(exclusive=True, group="profiles.check", exit_on_error=False)
    async def action_check(self) -> None:
        """Asks the servers of the profile under the cursor."""
        name = self.query_one(StatusTable).selected
        told = self.query_one("#profile-checks", Static)
        if name is None:
            return
        told.update(printable(f"asking the servers of {name} …"))
        try:
            checks = await self._check(for_profile(self._settings, name))
        except PipelineError as error:
            told.update(printable(str(error)))
            return
        told.update(printable("\n".join(
            f"{'✓' if each.ok else '✗'} {each.name:<14} {each.address:<28} "
            + (f"{each.version}, {1000 * (each.latency or 0):.0f} ms" if each.ok else each.reason)
            for each in checks
        )))  # fmt: skip

    def action_leave(self) -> None:
        self.dismiss("")
