"""Operations of a task that are tried again, by a clock that the test holds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from clickstream_embedded.connect.converters import converter
from clickstream_embedded.connect.java_errors import JavaError, TransientError
from clickstream_embedded.connect.tasks.retries import Retries
from clickstream_embedded.schemas import client

_AVRO = "io.confluent.connect.avro.AvroConverter"


class Trial:
    """An operation that fails for a while."""

    def __init__(self, failures: int, error: JavaError | None = None, **config: str) -> None:
        self.now, self.calls, self.pauses = 0.0, 0, list[float]()
        self._failures, self._error = failures, error or TransientError("away")
        names = {key: f"errors.retry.{key.replace('_', '.')}" for key in config}
        self.retries = Retries({names[key]: value for key, value in config.items()}, lambda: self.now, self._wait)

    def _wait(self, seconds: float) -> bool:
        self.pauses.append(round(seconds, 6))
        self.now += seconds
        return False

    def _operation(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return "done"

    def run(self) -> str:
        return self.retries.call(self._operation)


def test_without_a_timeout_nothing_is_tried_again() -> None:
    trial = Trial(1)
    with pytest.raises(TransientError):
        trial.run()
    assert (trial.calls, trial.pauses) == (1, [])


def test_pauses_double_until_the_timeout_cuts_the_last_one_short() -> None:
    trial = Trial(9, timeout="1000")
    with pytest.raises(TransientError):
        trial.run()
    assert trial.pauses == [0.3, 0.6, 0.1]
    assert trial.calls == 4
    assert Trial(3, timeout="1000").run() == "done"


def test_pauses_beyond_the_longest_are_as_long_as_luck_has_it() -> None:
    trial = Trial(30, timeout="-1", delay_max_ms="700")
    assert trial.run() == "done"
    assert trial.pauses[:2] == [0.3, 0.6]
    assert all(0 <= each <= 0.7 for each in trial.pauses[2:])
    assert len(set(trial.pauses[2:])) > 5


def test_what_does_not_pass_by_itself_is_not_tried_again() -> None:
    trial = Trial(1, JavaError("no"), timeout="-1")
    with pytest.raises(JavaError, match="no"):
        trial.run()
    assert trial.pauses == []


def test_a_task_that_ends_does_not_wait() -> None:
    retries = Retries({"errors.retry.timeout": "-1"})
    calls = 0

    def fails() -> None:
        nonlocal calls
        calls += 1
        retries.stop()
        raise TransientError("away")

    with pytest.raises(TransientError):
        retries.call(fails)
    assert calls == 1


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a registry that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(("data", "words"), [(b"\0\0\0\0\7x", "deserialize data for topic t to Avro"), (None, "serialize Avro data from topic t")])  # fmt: skip
def test_a_registry_that_is_slow_passes_by_itself_and_one_that_is_away_does_not(
    silent: str, monkeypatch: pytest.MonkeyPatch, data: Any, words: str
) -> None:
    monkeypatch.setattr(client, "_TIMEOUT", 0.05)

    def asked(url: str) -> JavaError:
        made = converter.make(_AVRO, {"schema.registry.url": url}, is_key=False)
        with pytest.raises(JavaError) as caught:
            _ = made.from_bytes("t", data) if data else made.to_bytes("t", None, "x")
        return caught.value

    slow = asked(silent)
    assert isinstance(slow, TransientError)
    assert words in slow.trace()
    assert "java.net.SocketTimeoutException: Read timed out" in slow.trace()
    away = asked("http://127.0.0.1:1")
    assert not isinstance(away, TransientError)
    assert "NetworkException" in away.trace()
