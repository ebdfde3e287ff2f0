"""Ordinary requests, held to what Kafka 3.9 answered: see `tests/servers/recorded.py`."""

from __future__ import annotations

import pytest

from tests.servers import recorded

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_ours_answers_as_the_real_one_did() -> None:
    given = recorded.hold("broker")
    # the walk also sends what Kafka closes a connection for
    lost = [(each.kind, each.path) for each, answer in given if answer.status == 0 and not each.kind.startswith("walk")]
    # Kafka closes the connection of who names what no ACL can have
    assert lost == [("further administration", "acl 2"), ("further administration", "acl 9")]
