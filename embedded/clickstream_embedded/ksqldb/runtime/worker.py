"""`python -m clickstream_embedded.ksqldb.runtime.worker FD --data DIR --bootstrap HOST:PORT`: queries in a process of their own.

The server starts it and is at the other end of the socket FD. What comes over it is `(number, verb, query id,
argument)`; what goes back is `(kind, number, value)`: the reply to a number, or how the queries stand. The process ends
with the socket, so it never outlives its server.
"""

from __future__ import annotations

import argparse
import fcntl
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.runtime import gc_tuning as interpreter
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.query_spec import QuerySpec, Status
from clickstream_embedded.ksqldb.runtime.runner import QueryRunner, Statistics
from clickstream_embedded.ksqldb.runtime.topic_reader import TopicReaders
from clickstream_embedded.process import LOG_FORMAT

log = logging.getLogger("ksqldb.worker")
_REPORT = 0.2  # seconds between two looks at how the queries stand


class Worker:
    """The queries of this process, and what the server asks of them."""

    def __init__(self, link: Connection, kafka: Kafka, store: CheckpointStore) -> None:
        self._link = link
        self._sending = threading.Lock()
        self._kafka = kafka
        self._feeds = TopicReaders(kafka)
        self._store = store
        self._runners: dict[str, QueryRunner] = {}
        self._told: dict[str, tuple[Any, ...]] = {}
        self._pool = ThreadPoolExecutor(4, "worker")

    def serve(self) -> None:
        """Answers until the socket ends; then the process ends at once, as the server's does with kill -9."""
        threading.Thread(target=self._report, name="report", daemon=True).start()
        while True:
            try:
                number, verb, query_id, argument = self._link.recv()
            except (EOFError, OSError):
                os._exit(0)
            if verb in ("stop", "close", "view"):  # these take a while, and are waited for
                self._pool.submit(self._reply, number, getattr(self, f"_{verb}"), query_id, argument)
            elif verb == "start":
                self._start(query_id, argument)
            elif verb in ("expect", "came"):
                getattr(self._feeds, verb)()
            elif query_id in self._runners:  # pause, resume and ask_to_stop are the runner's own
                getattr(self._runners[query_id], verb)()

    def _send(self, kind: str, number: int, value: Any) -> None:
        with self._sending:
            try:
                self._link.send((kind, number, value))
            except OSError:
                os._exit(0)

    def _reply(self, number: int, call: Callable[[str, Any], Any], query_id: str, argument: Any) -> None:
        try:
            self._send("reply", number, call(query_id, argument))
        except Exception as error:
            log.exception("the query %s could not be asked", query_id)
            self._send("failed", number, str(error))

    # -- verbs -------------------------------------------------------------------------------------------------

    def _start(self, query_id: str, spec: QuerySpec) -> None:
        def on_error(clause: str, error: Exception) -> None:
            runner = self._runners.get(query_id)
            if runner is not None:
                runner.statistics.error(f"{clause}: {error}")

        try:
            runner = spec.runner(spec.plan(on_error), self._kafka, self._feeds, self._store)
        except Exception as error:  # the server planned it before: one query's failure must not end the others
            log.exception("the query %s could not be started", query_id)
            failed = Statistics(errors=[str(error)])
            self._send("status", 0, {query_id: Status("ERROR", failed, {}, {})})
            return
        self._runners[query_id] = runner
        runner.start()

    def _stop(self, query_id: str, timeout: float) -> None:
        if query_id in self._runners:
            self._runners[query_id].stop(timeout)
            self._tell()
            del self._runners[query_id]
            self._told.pop(query_id, None)

    def _view(self, query_id: str, key: tuple[Any, ...] | None) -> list[Any]:
        view = self._runners[query_id].view
        return view.all() if key is None else view.of_key(key)

    def _close(self, _: str, __: None) -> None:
        runners = list(self._runners.values())
        for runner in runners:
            runner.ask_to_stop()
        for runner in runners:
            runner.stop()
        self._feeds.close()
        self._store.close()

    # -- how they stand ----------------------------------------------------------------------------------------

    def _report(self) -> None:
        looks = round(interpreter.YOUNG / _REPORT)  # from one search for cycles to the next
        for count in itertools.count(1):
            time.sleep(_REPORT)
            self._tell()
            if count % looks == 0:
                interpreter.collect(count // looks)

    def _tell(self) -> None:
        news: dict[str, Status] = {}
        for query_id, runner in list(self._runners.items()):
            done = runner.statistics
            mark = (
                runner.state,
                done.consumed,
                done.produced,
                done.skipped,
                tuple(runner.offsets.items()),
                len(runner.ends),
            )
            if self._told.get(query_id) != mark:
                self._told[query_id] = mark
                news[query_id] = Status(runner.state, done, dict(runner.offsets), dict(runner.ends))
        if news:
            self._send("status", 0, news)


def main() -> int:
    parser = argparse.ArgumentParser(prog="clickstream-ksqldb-worker")
    parser.add_argument("link", type=int)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bootstrap", required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stdout)
    interpreter.prepare()
    link = Connection(options.link)
    with (options.data / "worker.lock").open("w") as lock:
        # the worker of a server that was killed just now may still be writing its last commit
        fcntl.flock(lock, fcntl.LOCK_EX)
        Worker(link, Kafka(options.bootstrap), CheckpointStore(options.data / "state.sqlite")).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
