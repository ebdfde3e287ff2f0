"""Questions about consumer groups, asked by a process of its own.

librdkafka ends its whole process where the connection to a group's coordinator drops while an administrative request
about the group is under way (`rd_kafka_enq_once_del_source_return`; librdkafka's issues 3663 and 4605). That must not be
the console: a child asks, and is started again at the next question.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import resource
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, cast

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline.clients import kafka_groups
from clickstream_pipeline.clients.kafka_offsets import known_ends
from clickstream_pipeline.errors import PipelineError

_LIMIT = 60.0  # seconds; each request within a question has its own, shorter one
# after a restart of the broker librdkafka may wait for a coordinator for ever: the next question has a new client
_UNANSWERED = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError.REQUEST_TIMED_OUT)
log = logging.getLogger("clickstream.kafka")


class GroupProcess:
    """Owns the child, which lives from the first question to `close`; one question at a time.

    Args:
        options: of librdkafka, with the secrets; they go through a pipe, never on a command line.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: io.BufferedReader | None = None
        self._closed = False
        self._lock = threading.Lock()

    def ask(self, question: str, *arguments: Any) -> Any:
        """What a function of `kafka_groups` answers. Blocks. Raises KafkaException, PipelineError."""
        with self._lock:
            try:
                kind, found = self._asked((question, arguments))
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                log.warning("the process that asks about groups ended: %s", error)
                self._end()
                raise KafkaException(KafkaError(KafkaError._TRANSPORT)) from error
            if kind == "kafka" and found[0] in _UNANSWERED:
                self._end()
        if kind == "answer":
            return found
        raise KafkaException(KafkaError(*found)) if kind == "kafka" else found

    def close(self) -> None:
        """Ends the child, and with it a question that is under way."""
        self._closed = True
        if (child := self._child) is not None:
            child.kill()
        with self._lock:
            self._end()

    def _asked(self, question: tuple[str, tuple[Any, ...]]) -> tuple[str, Any]:
        if self._closed:
            raise EOFError("closed")
        if self._child is not None and self._child.poll() is not None:
            self._end()  # between two questions: nobody needs to know
        if self._child is None:
            self._child = _started()
            assert self._child.stdout is not None
            # a long answer comes in pieces; nothing is left of one when the next question is asked
            self._answers = io.BufferedReader(cast("io.RawIOBase", self._child.stdout))
            _send(self._child.stdin, self._options)
        _send(self._child.stdin, question)
        assert self._answers is not None
        if not select.select([self._answers], [], [], _LIMIT)[0]:
            raise EOFError(f"no answer in {_LIMIT:.0f} s")
        return pickle.load(self._answers)  # noqa: S301 - of our own child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with child:  # closes its pipes and waits for it
                pass


def _started() -> subprocess.Popen[bytes]:
    # what librdkafka says when it ends would be written over the screen; ctrl+c and ctrl+z are the console's
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
    )  # fmt: skip


def _send(pipe: Any, value: Any) -> None:
    data = memoryview(pickle.dumps(value))
    while data:
        data = data[pipe.write(data) :]


def _questions(admin: AdminClient) -> dict[str, Callable[..., Any]]:
    ends = partial(known_ends, admin)
    return {
        "lags": partial(kafka_groups.lags, admin),
        "all_groups": lambda: kafka_groups.all_groups(admin, ends),
        "topics_of": partial(kafka_groups.topics_of, admin),
        "preview": lambda group, topic, to: kafka_groups.preview(admin, group, topic, to, ends),
        "reset": partial(kafka_groups.reset, admin),
        "delete": partial(kafka_groups.delete, admin),
    }


def _answer(questions: dict[str, Callable[..., Any]], name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "answer", questions[name](*arguments)
    except KafkaException as error:
        inner: Any = error.args[0]
        return "kafka", (inner.code(), inner.str())
    except PipelineError as error:
        return "refused", error
    except Exception as error:  # noqa: BLE001 - told by who asked; the next question may be answered
        return "kafka", (KafkaError._FAIL, f"{type(error).__name__}: {error}")


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answers until nobody asks any more: the pipe ends with the process that owns this one."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    silent = logging.getLogger("silent")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    try:
        questions = _questions(AdminClient(pickle.load(asked), logger=silent))  # noqa: S301 - of our own parent
        while True:
            name, arguments = pickle.load(asked)  # noqa: S301
            answers.write(pickle.dumps(_answer(questions, name, arguments)))
            answers.flush()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
