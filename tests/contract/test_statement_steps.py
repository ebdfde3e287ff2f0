"""A statement is validated, logged and applied; the broker is killed between any two of these, and log and state agree."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException

from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.runtime import kafka
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_ksql.parser import parse
from tests.processes import Server

pytestmark = pytest.mark.long

CLICKS = "CREATE STREAM C (K STRING KEY, U INT) WITH (kafka_topic='c', partitions=1, value_format='JSON');"
COUNTS = "CREATE TABLE N AS SELECT U, COUNT(*) AS N FROM C GROUP BY U;"
STEPS = ("validate", "provision", "log", "apply", "answer")


def state(engine: Engine) -> tuple[list[str], list[str]]:
    """The sources and the queries of a server."""
    return sorted(engine.metastore.sources), sorted(engine.queries)


class Steps:
    """Calls `kill` before the named step of the next statement, or after its log was written with its answer lost."""

    def __init__(self, engine: Engine, kill: Callable[[], None], step: str) -> None:
        self._kill = kill
        places: dict[str, tuple[Any, str]] = {
            "validate": (engine, "trial"), "provision": (engine._live, "provision"), "log": (engine._log, "append"),
            "apply": (engine._interpreter, "apply"), "answer": (engine._log, "append"),
        }  # fmt: skip
        owner, name = places[step]
        self._call = getattr(owner, name)
        setattr(owner, name, self._after if step == "answer" else self._before)
        self._undo = lambda: delattr(owner, name)

    def _before(self, *arguments: Any) -> Any:
        self._undo()
        self._kill()
        return self._call(*arguments)

    def _after(self, *arguments: Any) -> Any:
        self._undo()
        self._call(*arguments)
        self._kill()
        raise KafkaException("the broker went away before it answered")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """A server that waits 5 s for a broker that is gone, not 10."""
    monkeypatch.setattr(kafka, "TIMEOUT", 5.0)


@pytest.mark.parametrize("step", STEPS)
def test_a_broker_killed_between_two_steps_leaves_log_and_state_alike(tmp_path: Path, step: str) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        data = tmp_path / "ksqldb"
        data.mkdir()
        engine = Engine(Kafka(broker.address), data)
        try:
            engine.start()
            engine.execute(parse(CLICKS)[0], {})
            before = state(engine)
            Steps(engine, broker.kill, step)
            try:
                engine.execute(parse(COUNTS)[0], {})
                ran = True
            except KafkaException:
                ran = False
            assert ran == (step == "apply"), "only what is logged and applied is answered as done"
            assert (state(engine) != before) == ran
            broker.start()
            engine.trial()  # as the next request does first
            found = state(engine)
            assert (found != before) == (step in ("apply", "answer")), "the log is what counts"
        finally:
            engine.close()
        again = Engine(Kafka(broker.address), data)
        try:
            again.start()
            assert state(again) == found
        finally:
            again.close()


def test_a_record_that_failed_is_not_written_later(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        cluster = Kafka(broker.address)
        cluster.create_topic("t", 1, {})
        cluster.write("t", None, b"first")
        broker.kill()
        with pytest.raises(KafkaException):
            cluster.write("t", None, b"lost")
        broker.start()
        cluster.write("t", None, b"second")
        assert [message.value() for message in cluster.read_all("t")] == [b"first", b"second"]
