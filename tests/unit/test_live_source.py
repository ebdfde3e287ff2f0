"""What the tail reads on its way to the screen."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from pathlib import Path
from typing import Any

from clickstream_tui.settings import Settings
from clickstream_tui.sources import LiveSource

NOW = 1_700_000_000_000


class Click:
    """As confluent-kafka's message."""

    def value(self) -> bytes:
        return b'{"bytes": "100"}'

    def timestamp(self) -> tuple[int, int]:
        return 1, NOW


def test_bandwidth_counts_what_came_also_what_is_not_shown(tmp_path: Path) -> None:
    """At 50,000 clicks a second four fifths are dropped unseen: they were missing in the chart too."""
    source = LiveSource(Settings(home=tmp_path))
    messages: list[Any] = [Click() for _ in range(5_000)]
    source._take(messages)
    assert source._buffer.dropped == 3_000
    assert source._charts.bandwidth.series().values == (100_000.0,)
