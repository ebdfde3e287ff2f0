"""Ordinary requests, held to what Elasticsearch 7.5.2 answered: see `tests/servers/recorded.py`."""

from __future__ import annotations

import pytest

from tests.servers import recorded

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_ours_answers_as_the_real_one_did() -> None:
    recorded.hold("search")
