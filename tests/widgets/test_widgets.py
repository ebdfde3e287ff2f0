"""Pictures of each widget in each of its states; looked at when they were made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.widgets.hosts import STATES, WIDGETS, host


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", WIDGETS)
def test_widget(snap_compare: Callable[..., bool], name: str, state: str) -> None:
    assert snap_compare(host(name, state), terminal_size=(60, 14))
