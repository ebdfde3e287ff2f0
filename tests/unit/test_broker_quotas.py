"""Client quotas: how a rate is taken, whose a quota is, and that it outlives the broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_embedded.broker.client_quotas import ClientQuotas, asking
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.quota_rates import Bucket, Rate
from clickstream_embedded.broker.quota_store import QuotaStore


def test_a_rate_is_taken_over_ten_seconds_and_its_excess_is_waited_for() -> None:
    rate = Rate()
    rate.record(20_000, 100.0)
    assert rate.pause(2_000, 100.0) == 0  # 2,000 a second over ten
    assert rate.pause(1_000, 100.0) == pytest.approx(10.0)  # twice as much: another ten seconds
    assert rate.pause(1_000, 111.0) == 0
    assert rate.is_idle(111.0)


def test_tokens_are_owed_and_come_back() -> None:
    bucket = Bucket()
    bucket.record(12, 1.0, 50.0)  # ten are there at first
    assert bucket.pause(1.0, 50.0) == pytest.approx(2.0)
    assert bucket.pause(1.0, 52.5) == 0


def test_the_quota_that_says_most_of_a_client_counts(tmp_path: Path) -> None:
    store = QuotaStore(tmp_path / "quotas.json")
    store.change(frozenset({("client-id", None)}), {"producer_byte_rate": 1.0})
    store.change(frozenset({("client-id", "app")}), {"producer_byte_rate": 2.0})
    store.change(frozenset({("user", "ANONYMOUS"), ("client-id", None)}), {"consumer_byte_rate": 3.0})
    store.change(frozenset({("user", "ANONYMOUS")}), {"consumer_byte_rate": 4.0})
    again = QuotaStore(tmp_path / "quotas.json")
    assert again.limit("producer_byte_rate", "app") == (2.0, ("producer_byte_rate", "", "app"))
    assert again.limit("producer_byte_rate", "other") == (1.0, ("producer_byte_rate", "", "other"))
    assert again.limit("consumer_byte_rate", "app") == (3.0, ("consumer_byte_rate", "ANONYMOUS", "app"))
    assert again.limit("request_percentage", "app") is None
    again.change(frozenset({("client-id", "app")}), {"producer_byte_rate": None})
    assert again.limit("producer_byte_rate", "app") == (1.0, ("producer_byte_rate", "", "app"))


def test_what_a_fetch_may_not_have_is_not_counted(tmp_path: Path) -> None:
    quotas = ClientQuotas(tmp_path / "quotas.json", lambda: 10.0)
    assert not quotas
    quotas.store.change(frozenset({("client-id", "app")}), {"consumer_byte_rate": 100.0})
    assert quotas.most_fetched("app", 5_000) == 1_000
    assert quotas.fetched("app", 900) == 0
    assert quotas.fetched("app", 200) > 0
    assert quotas.fetched("app", 100) == 0


def test_mutations_are_refused_to_who_knows_of_it_and_owed_by_who_does_not(tmp_path: Path) -> None:
    quotas = ClientQuotas(tmp_path / "quotas.json", lambda: 10.0)
    quotas.store.change(frozenset({("client-id", "app")}), {"controller_mutation_rate": 1.0})
    token = asking.set(("app", False))
    quotas.mutated(15)
    assert quotas.owed("app") == pytest.approx(5.0)
    asking.set(("app", True))
    with pytest.raises(KafkaApiError):
        quotas.mutated(1)
    asking.reset(token)


def test_connections_of_an_address_are_counted(tmp_path: Path) -> None:
    quotas = ClientQuotas(tmp_path / "quotas.json", lambda: 10.0)
    quotas.store.change(frozenset({("ip", None)}), {"connection_creation_rate": 1.0})
    pauses = [quotas.arrived("10.0.0.1") for _ in range(11)]
    assert pauses[:10] == [0.0] * 10
    assert pauses[10] > 0
