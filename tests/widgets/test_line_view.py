"""Where a view of lines stands while new lines come."""

from __future__ import annotations

from textual.app import App, ComposeResult

from clickstream_widgets.line_view import LineView


class Host(App[None]):
    """One view."""

    def compose(self) -> ComposeResult:
        yield LineView()


async def test_following_keeps_the_horizontal_place() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(LineView)
        view.extend([f"{number} " + "x" * 100 for number in range(30)])
        await pilot.pause()
        view.scroll_to(x=20, animate=False)
        await pilot.pause()
        assert view.scroll_offset.x == 20
        view.extend([f"{number} " + "y" * 100 for number in range(30, 40)])
        await pilot.pause()
        assert view.following
        assert view.scroll_offset.x == 20
        assert view.scroll_offset.y == view.max_scroll_y
