"""The broker's own settings: their layers, what a change must be, and the limits of connections that they set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clickstream_embedded.broker import quotas, topics_api
from clickstream_embedded.broker.admission import Admission
from clickstream_embedded.broker.batches import iterate, parse_header
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.broker_changes import ChangeRefused, check
from clickstream_embedded.broker.broker_configs import HONOURED, broker_configs, without_effect
from clickstream_embedded.broker.broker_settings import BrokerSettings, Source
from clickstream_embedded.broker.client_metrics import ClientMetrics
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.producers import ProducerStates
from clickstream_embedded.broker.topic_configs import InvalidTopic
from clickstream_embedded.broker.topics import Topics
from tests.unit.test_broker_log import batch

_NOW = {"listeners": "PLAINTEXT://h:1"}


@pytest.mark.parametrize(
    ("wanted", "all_brokers", "refusal"),
    [
        ({"log.flush.interval.ms": "-5"}, False, ""),
        ({"log.retention.ms": "0"}, False, "must be unlimited (-1) or, greater than or equal to 1"),
        ({"log.local.retention.ms": "-1"}, False, "must not be -1 as log.retention.ms value is set as 604800000."),
        ({"log.local.retention.bytes": "5", "log.retention.bytes": "3"}, False, "more than log.retention.bytes"),
        ({"max.connections": "0"}, False, "Invalid max.connections 0"),
        ({"max.connections.per.ip": "0"}, False, "can be set to zero only if"),
        ({"max.connections.per.ip": "0", "max.connections.per.ip.overrides": "h:1"}, False, ""),
        ({"max.connections.per.ip.overrides": "h"}, False, "begin 0, end -1, length 1"),
        ({"max.connections.per.ip.overrides": "h:x"}, False, 'For input string: "x"'),
        ({"ssl.engine.factory.class": "abc"}, False, "Class abc could not be found."),
        ({"metric.reporters": "a"}, False, "Set(metric.reporters) failed"),
        ({"producer.id.expiration.ms": "0"}, False, "Value must be at least 1"),
        ({"listener.name.plaintext.max.connections": "x"}, True, "Not a number of type INT"),
        ({"leader.replication.throttled.rate": "-1"}, False, "Value must be at least 0"),
        ({"anything": "x"}, True, ""),
        ({"listeners": "abc"}, False, "Unable to parse abc to a broker endpoint"),
        ({"listeners": "abc"}, True, "broker id must be specified: Set(listeners)"),
        ({"advertised.listeners": "PLAINTEXT://h:9"}, False, "cannot be altered when using a Raft-based"),
        ({"listener.security.protocol.map": "A:B"}, False, "Invalid security protocol `B`"),
        ({"listener.name.plaintext.x": "1", "sasl.jaas.config": "y"}, False, "cannot be updated dynamically for existing"),
    ],
)  # fmt: skip
def test_a_change_is_taken_or_refused_in_kafkas_words(wanted: dict[str, str], all_brokers: bool, refusal: str) -> None:
    if not refusal:
        assert check(wanted, (), wanted, _NOW, all_brokers=all_brokers) == wanted
        return
    with pytest.raises(ChangeRefused) as caught:
        check(wanted, (), wanted, _NOW, all_brokers=all_brokers)
    assert refusal in str(caught.value)


def test_what_is_set_of_one_broker_goes_before_what_is_set_of_all(tmp_path: Path) -> None:
    settings = BrokerSettings(tmp_path, {"log.retention.ms": "3"})
    settings.replace(Source.ALL_BROKERS, {"log.retention.ms": "2", "own": "x"})
    settings.replace(Source.BROKER, {"log.retention.ms": "1"})
    again = BrokerSettings(tmp_path, {"log.retention.ms": "3"})
    sources = again.sources("log.retention.ms", again.static)
    assert sources == [("log.retention.ms", "1", 2), ("log.retention.ms", "2", 3), ("log.retention.ms", "3", 4),
                       ("log.retention.hours", "168", 5)]  # fmt: skip
    assert again.value("log.retention.ms") == "1"
    assert list(again.names()) == ["own"]
    again.replace(Source.BROKER, {})
    assert again.value("log.retention.ms") == "2"


class _Guest:
    def __init__(self) -> None:
        self.state = "waits"

    def admitted(self) -> None:
        self.state = "in"

    def refused(self) -> None:
        self.state = "refused"


class _Door:
    """An admission with a clock that is set by hand."""

    def __init__(self, folder: Path, **limits: str) -> None:
        self.now = 0.0
        self.alarms: list[Callable[[], None]] = []
        self.settings = BrokerSettings(folder, {})
        self.settings.replace(Source.BROKER, {name.replace("_", "."): value for name, value in limits.items()})
        self.admission = Admission(self.settings, lambda: self.now, lambda _, call: self.alarms.append(call))

    def arrive(self, address: str = "10.0.0.1") -> _Guest:
        guest = _Guest()
        self.admission.arrive(guest, address)
        return guest


def test_one_connection_too_many_in_all_waits_until_another_goes(tmp_path: Path) -> None:
    door = _Door(tmp_path, max_connections="2")
    first, _, third, fourth = (door.arrive() for _ in range(4))
    assert third.state == "waits"
    door.admission.leave(first)
    assert (third.state, fourth.state) == ("in", "waits")
    door.settings.replace(Source.BROKER, {})
    assert fourth.state == "in"


def test_one_too_many_of_an_address_is_refused_but_for_the_exceptions(tmp_path: Path) -> None:
    door = _Door(tmp_path, max_connections_per_ip="1", max_connections_per_ip_overrides="10.0.0.2:2,localhost:0")
    assert [door.arrive("10.0.0.1").state for _ in range(2)] == ["in", "refused"]
    assert [door.arrive("10.0.0.2").state for _ in range(3)] == ["in", "in", "refused"]
    assert door.arrive("127.0.0.1").state == "refused"


def test_connections_that_come_too_fast_wait(tmp_path: Path) -> None:
    door = _Door(tmp_path, max_connection_creation_rate="1")
    guests = [door.arrive() for _ in range(12)]
    assert [each.state for each in guests] == ["in"] * 10 + ["waits"] * 2
    assert len(door.alarms) == 1
    door.now = 10.5
    door.alarms.pop()()
    assert [each.state for each in guests[10:]] == ["in", "in"]


def test_a_producer_that_wrote_nothing_for_long_is_forgotten_unless_it_has_a_transaction_open() -> None:
    states = ProducerStates()
    for producer in (7, 8):
        states.appended(parse_header(batch(1, producer=producer, sequence=0)), 0)
    latest = parse_header(batch(1, producer=7, sequence=0)).max_timestamp
    states.forget_before(latest - 1, lambda _: False)
    assert [each[0] for each in states] == [7, 8]
    states.forget_before(latest, lambda producer: producer == 8)
    assert [each[0] for each in states] == [8]


@pytest.mark.parametrize(("policy", "compacted"), [("delete", False), ("compact,delete", True), ("compact", None)])
def test_what_is_compacted_too_is_looked_after_when_it_is_compacted(
    tmp_path: Path, policy: str, compacted: bool | None
) -> None:
    topics = Topics(tmp_path, BrokerSettings(tmp_path, {}))
    topic = topics.create("t", 1, {"cleanup.policy": policy, "retention.ms": "0"})
    header, data = next(iter(iterate(batch(3))))
    topic.append(topic.partitions[0], header, data, 0)
    for turn in (False, True):
        topics.apply_retention(10_000, compacted=turn)
        assert (topic.partitions[0].log.start_offset == 3) == (compacted is not None and compacted <= turn)
    topics.close()


def _entries(
    *entities: dict[str, str], key: str = "producer_byte_rate", value: float = 1.0, remove: bool = False
) -> Any:
    change = SimpleNamespace(key=key, value=value, remove=remove)
    return SimpleNamespace(validate_only=False, entries=[
        SimpleNamespace(ops=[change], entity=[SimpleNamespace(entity_type=k, entity_name=n) for k, n in each.items()])
        for each in entities
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (_entries({}), "Invalid empty client quota entity"), (_entries({"x": "y"}), "Unhandled client quota entity type: x"),
        (_entries({"user": ""}), "Empty user not supported"), (_entries({"user": "a"}, key="x"), "Invalid configuration key x"),
        (_entries({"user": "a"}, value=-1), "must be greater than 0"), (_entries({"user": "a"}, value=1.5), "fractional"),
        (_entries({"ip": "x y"}, key="connection_creation_rate"), "is not a valid IP"),
        (_entries({"user": "a"}), None), (_entries({"user": "a"}, remove=True), None),
    ],
)  # fmt: skip
async def test_a_quota_is_refused_with_what_is_wrong_with_it(tmp_path: Path, asked: Any, why: str | None) -> None:
    broker = Broker(tmp_path, "127.0.0.1", 0)
    (answer,) = (await quotas.alter(broker, asked))["entries"]
    broker.close()
    assert why in answer["error_message"] if why is not None else answer["error_code"] == 0


def test_subscriptions_of_clients_metrics_are_kept(tmp_path: Path) -> None:
    metrics = ClientMetrics(tmp_path / "m.json")
    metrics.replace("a", {"interval.ms": "1000", "match": "client_id=x.*"}, dry=False)
    assert ClientMetrics(tmp_path / "m.json").of("a") == {"interval.ms": "1000", "match": "client_id=x.*"}
    for name, value in (("interval.ms", "5"), ("match", "foo=x"), ("match", "client_id=["), ("nope", "1")):
        with pytest.raises(KafkaApiError):
            metrics.replace("b", {name: value}, dry=False)
    metrics.replace("a", {}, dry=False)
    assert metrics.names() == []


def test_an_empty_list_is_no_default(tmp_path: Path) -> None:
    topics = Topics(tmp_path, BrokerSettings(tmp_path, {}))
    assert topics.create("t", 1, {"cleanup.policy": ""}).setting("cleanup.policy") == ""
    topics.close()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [({"log.retention.hours": "2"}, "7200000"), ({"log.retention.hours": "2", "log.retention.minutes": "1"}, "60000"),
     ({"log.retention.minutes": "1", "log.retention.ms": "5"}, "5"), ({"log.retention.hours": "-1"}, "-1"), ({}, "604800000")],
)  # fmt: skip
def test_minutes_and_hours_stand_in_for_milliseconds(tmp_path: Path, given: dict[str, str], wanted: str) -> None:
    topics = Topics(tmp_path, BrokerSettings(tmp_path, given))
    assert topics.create("t", 1, {}).setting("retention.ms") == wanted
    topics.close()


async def test_topics_on_first_use_are_made_as_the_settings_say(tmp_path: Path) -> None:
    for makes in (True, False):
        settings = {"num.partitions": "3", "auto.create.topics.enable": str(makes).lower()}
        broker = Broker(tmp_path / str(makes), "127.0.0.1", 0, settings=settings)
        asked = SimpleNamespace(__version__=4, topics=[SimpleNamespace(name="t")], allow_auto_topic_creation=True)
        (topic,) = (await topics_api.metadata(broker, asked))["topics"]
        assert len(topic["partitions"]) == (3 if makes else 0)
        broker.close()


def test_settings_of_the_start_are_checked_and_those_without_effect_are_told() -> None:
    given = {
        "log.retention.ms": "5",
        "num.io.threads": "3",
        "anything": "x",
        "listener.name.plaintext.max.connections": "9",
    }
    assert without_effect(given) == ["num.io.threads", "anything"]
    with pytest.raises(
        InvalidTopic, match="Invalid value x for configuration num.partitions: Not a number of type INT"
    ):
        without_effect({"num.partitions": "x"})
    assert set(broker_configs()) >= HONOURED
