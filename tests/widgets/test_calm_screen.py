"""A change of the focus costs what changes by it: what is styled, what is drawn, and that it is drawn as it is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from clickstream_widgets.calm_screen import CalmScreen
from clickstream_widgets.framed import Framed
from clickstream_widgets.status_table import StatusTable


class Box(Framed, Vertical):
    """A pane: a list and a line below it."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.border_title = name

    def compose(self) -> ComposeResult:
        yield StatusTable(("name", "state"), id=f"{self.id}-table")
        yield Static("a line", classes="line", id=f"{self.id}-line")


class Boxes(App[None]):
    """Two panes over a line that stands at the bottom."""

    CSS = """
    Box { border: round grey; width: 1fr; height: 1fr; }
    Box:focus-within { border: round blue; }
    #side { height: 6; }
    #bottom { height: 1; }
    """

    def get_default_screen(self) -> Screen[None]:
        return CalmScreen(id="_default")

    def compose(self) -> ComposeResult:
        yield Static("the top", id="top")
        with Horizontal(id="side"):
            yield Box("left")
            yield Box("right")
        yield Static("between", id="between")
        yield Static("at the bottom", id="bottom")

    def on_mount(self) -> None:
        for table in self.query(StatusTable):
            table.show([(f"row {number}", (f"row {number}", "RUNNING")) for number in range(3)])
        self.query_one("#left-table").focus()


class Deep(Boxes):
    """As before, with rules for what is inside of a pane that has the focus."""

    CSS = f"""{Boxes.CSS}
    Box:focus-within .line {{ background: red; }}
    Box:focus-within .datatable--header {{ color: red; }}
    """


def title_is_bold(box: Box) -> bool:
    """Whether the title is drawn bold."""
    line = box.render_lines(box.size.region)[0]
    return any(piece.style is not None and piece.style.bold for piece in line if box.id and box.id in piece.text)


def recorded(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """The names of what is styled, and of what is drawn, from now on."""
    styled, drawn = list[str](), list[str]()
    update, render = Stylesheet.update_nodes, Widget.render_lines

    def styling(self: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        nodes = list(nodes)
        styled.extend(node.id or "" for node in nodes)
        update(self, nodes, animate=animate)

    def drawing(self: Widget, crop: Region) -> list[Strip]:
        drawn.append(self.id or type(self).__name__)
        return render(self, crop)

    monkeypatch.setattr(Stylesheet, "update_nodes", styling)
    monkeypatch.setattr(Widget, "render_lines", drawing)
    return styled, drawn


async def test_a_change_of_the_focus_styles_and_draws_what_changes_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Boxes()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        styled, drawn = recorded(monkeypatch)
        app.query_one("#right-table").focus()
        await pilot.pause()
        assert set(styled) == {"left", "right", "left-table", "right-table"}
        assert not {"top", "between", "bottom", "side", "_default"} & set(drawn)
        assert {"left", "right"} <= set(drawn)


async def test_rules_for_what_is_inside_hold_too() -> None:
    app = Deep()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        for focused, other in (("right", "left"), ("left", "right")):
            app.query_one(f"#{focused}-table").focus()
            await pilot.pause()
            for name, holds in ((focused, True), (other, False)):
                line = app.query_one(f"#{name}-line")
                header = app.query_one(f"#{name}-table").get_component_styles("datatable--header")
                assert (line.styles.background.rgb == (255, 0, 0)) is holds
                assert (header.color.rgb == (255, 0, 0)) is holds


async def test_the_title_is_bold_where_the_focus_is() -> None:
    app = Boxes()
    async with app.run_test(size=(60, 20)) as pilot:
        left, right = app.query_one("#left", Box), app.query_one("#right", Box)
        for focused, other in ((left, right), (right, left)):
            app.query_one(f"#{focused.id}-table").focus()
            await pilot.pause()
            assert title_is_bold(focused)
            assert not title_is_bold(other)


@pytest.mark.parametrize(
    "changed", [("top", "bottom"), ("left-line",), ("left", "right-line"), ("side",), ("right-table",)]
)
async def test_what_is_drawn_of_a_part_is_what_the_whole_shows(changed: tuple[str, ...]) -> None:
    app = Boxes()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        compositor = app.screen._compositor  # pyright: ignore[reportPrivateUsage]
        whole = compositor.render_strips()
        widgets = {app.query_one(f"#{name}") for name in changed}
        for widget in widgets:
            widget.refresh()
        compositor.update_widgets(widgets)
        update = compositor.render_partial_update()
        assert update is not None
        seen = 0
        for y, begin, end in update.spans:
            for (x, strip), stop in zip(update.chops[y].items(), update.chop_ends[y], strict=True):
                if x >= begin and stop <= end:
                    assert strip is not None
                    assert list(strip.simplify()) == list(whole[y].crop(x, stop).simplify())
                    seen += stop - x
        assert seen == sum(end - begin for _, begin, end in update.spans)


async def test_a_scrollbar_that_is_not_shown_arranges_nothing() -> None:
    app = Boxes()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        compositor = app.screen._compositor  # pyright: ignore[reportPrivateUsage]
        table = app.query_one("#left-table")
        before = compositor.full_map
        compositor.update_widgets({table.horizontal_scrollbar, table})
        assert compositor.full_map is before
