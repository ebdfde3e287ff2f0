"""Bars beside counts: on one scale from zero, and none where they would say something untrue."""

from __future__ import annotations

from clickstream_widgets.bars import bar, bars


def test_bars_are_on_one_scale_from_zero() -> None:
    assert bars([100, 50, 0, 1], 8) == ["████████", "████", "", "▏"]  # a little is not nothing


def test_there_are_none_where_something_is_no_number() -> None:
    for values in (["a", 1], [None, 2], [True, 2], [3], [], [0, 0], [-1, 2]):
        assert bars(values) == [""] * len(values)


def test_a_bar_is_never_longer_than_its_room() -> None:
    assert bar(11.0, 10.0, 4) == "████"
