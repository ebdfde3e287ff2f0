"""What a table draws when one of its cells changes."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from clickstream_widgets.status_table import StatusTable


class Host(App[None]):
    """One table."""

    def compose(self) -> ComposeResult:
        yield StatusTable(("name", "cpu", "why"), stretch="why")

    @property
    def table(self) -> StatusTable:
        return self.query_one(StatusTable)

    @property
    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]  # pyright: ignore[reportPrivateUsage]


def rows(cpu: str = "3%", why: str = "well") -> list[tuple[str, tuple[object, ...]]]:
    return [(name, (name, cpu if name == "b" else "1%", why if name == "b" else "")) for name in "abcd"]


@pytest.mark.parametrize(("cpu", "why"), [("4%", "well"), ("3%", "it does not answer any more")])
async def test_a_cell_that_changes_is_drawn_alone(cpu: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every poll sent all rows of the services to the terminal, a kilobyte, for one figure of two letters."""
    app = Host()
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.show(rows())
        await pilot.pause()
        drawn: list[Region] = []
        refresh = StatusTable.refresh

        def refreshed(self: StatusTable, *regions: Region, **how: bool) -> StatusTable:
            drawn.extend(regions or [self.region])
            return refresh(self, *regions, **how)

        monkeypatch.setattr(StatusTable, "refresh", refreshed)
        app.table.show(rows(cpu, why))
        await pilot.pause()
        assert [(region.y, region.height) for region in drawn] == [(2, 1)]
        assert cpu in app.lines[2]
        assert why in app.lines[2]


async def test_a_cell_that_gets_wider_widens_its_column() -> None:
    app = Host()
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.show(rows())
        app.table.show(rows("100.25%"))
        await pilot.pause()
        assert "100.25%  well" in app.lines[2]
        app.table.show(rows("3%"))
        await pilot.pause()
        assert " 3%   well" in app.lines[2]
