"""Ordinary requests, held to what Kafka Connect 3.9 answered: see `tests/servers/recorded.py`."""

from __future__ import annotations

import pytest

from tests.servers import recorded

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def test_ours_answers_as_the_real_one_did() -> None:
    recorded.hold("connect")
