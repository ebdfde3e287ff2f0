"""Queries that run in the worker process, and the server's way to them."""

from __future__ import annotations

import itertools
import logging
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.materialization.table_view import Entry
from clickstream_embedded.ksqldb.operators.operator import Row
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import Offsets
from clickstream_embedded.ksqldb.runtime.query_spec import QuerySpec, Status
from clickstream_embedded.ksqldb.runtime.runner import Statistics

log = logging.getLogger("ksqldb")
_ANSWER = 10.0  # seconds
_DELAY, _LONGEST_DELAY = 0.2, 10.0  # seconds before a worker that died is started again
_STABLE = 60.0  # seconds after which a death is taken as a single one


class RemoteView:
    """The present rows of a table that the worker keeps."""

    def __init__(self, link: WorkerLink, query_id: str) -> None:
        self._link = link
        self._query_id = query_id

    def of_key(self, key: Row) -> list[Entry]:
        """The rows of one key: one a window. Raises KsqlError where the worker does not answer."""
        return self._link.ask("view", self._query_id, key)

    def all(self) -> list[Entry]:
        """All rows. Raises KsqlError where the worker does not answer."""
        return self._link.ask("view", self._query_id, None)


class RemoteRunner:
    """A query in the worker, as it was told to stand last."""

    def __init__(self, spec: QuerySpec, topology: Topology, link: WorkerLink) -> None:
        self.spec = spec
        self.query_id = spec.query_id
        self.group = spec.group
        self.topology = topology
        self.statistics = Statistics()
        self.offsets: Offsets = {}
        self.ends: Offsets = {}
        self.view = RemoteView(link, spec.query_id)
        self.paused = False
        self._reported = "RUNNING"
        self._link = link

    @property
    def state(self) -> str:
        if self._reported in ("ERROR", "NOT_RUNNING"):
            return self._reported
        return "PAUSED" if self.paused else "RUNNING"

    def take(self, status: Status) -> None:
        """What the worker tells of the query."""
        self._reported, self.statistics, self.offsets, self.ends = status

    def start(self) -> None:
        self._link.add(self)

    def pause(self) -> None:
        self.paused = True
        self._link.tell("pause", self.query_id)

    def resume(self) -> None:
        self.paused = False
        self._link.tell("resume", self.query_id)

    def ask_to_stop(self) -> None:
        self._link.tell("ask_to_stop", self.query_id)

    def stop(self, timeout: float = 10.0) -> None:
        """Commits and ends; waits for it."""
        self._link.remove(self, timeout)
        self._reported = "NOT_RUNNING"


class WorkerLink:
    """The worker process: started with the first query, and again, with all its queries, where it died."""

    def __init__(self, bootstrap: str, data: Path) -> None:
        self._bootstrap = bootstrap
        self._data = data
        self._lock = threading.RLock()  # guards all below, and keeps what is sent apart
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._runners: dict[str, RemoteRunner] = {}
        self._link: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._delay = _DELAY

    # -- for the engine ----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Starts the process, if it does not run yet."""
        with self._lock:
            if self._link is None and not self._closing.is_set():
                self._start()

    def add(self, runner: RemoteRunner) -> None:
        """Has the worker run a query."""
        with self._lock:
            self._runners[runner.query_id] = runner
            if self._link is None:
                self.open()
            else:
                self._run(runner)

    def remove(self, runner: RemoteRunner, timeout: float) -> None:
        """Has a query commit and end; a worker that just died ended it too."""
        with self._lock:
            if self._runners.pop(runner.query_id, None) is None:
                return
        try:
            self.ask("stop", runner.query_id, timeout, timeout + 1)
        except KsqlError as error:
            log.warning("query %s was not seen to end: %s", runner.query_id, error)

    def tell(self, verb: str, query_id: str, argument: Any = None, number: int = 0) -> None:
        """Sends a request that is not answered; a worker that is being started anew gets it with its queries."""
        with self._lock:
            if self._link is not None:
                try:
                    self._link.send((number, verb, query_id, argument))
                except OSError:
                    log.warning("the worker is gone")

    def ask(self, verb: str, query_id: str, argument: Any, timeout: float = _ANSWER) -> Any:
        """The answer to a request. Raises KsqlError where there is none in `timeout` seconds."""
        number, answer = next(self._numbers), Future[Any]()
        with self._lock:
            if self._link is None:
                raise KsqlError(f"The process that runs the query {query_id} is being started. Try again in a moment.")
            self._waiting[number] = answer
            self.tell(verb, query_id, argument, number)
        try:
            return answer.result(timeout)
        except NoAnswer:
            raise KsqlError(f"The process that runs the query {query_id} did not answer in {timeout:.0f} s.") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def close(self) -> None:
        """Has all queries commit and end, then the process."""
        self._closing.set()
        with self._lock:
            process, runs = self._process, self._link is not None
        if process is None:
            return
        if runs:
            try:
                self.ask("close", "", None)
            except KsqlError as error:
                log.warning("the worker was not seen to end its queries: %s", error)
        process.kill()
        process.wait()

    # -- the process -------------------------------------------------------------------------------------------

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "clickstream_embedded.ksqldb.runtime.worker", str(theirs.fileno())]
            command += ["--data", str(self._data), "--bootstrap", self._bootstrap]
            # a session of its own: ctrl+c in the server's terminal is the server's to answer
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        link = self._link = Connection(ours.detach())
        threading.Thread(target=self._listen, args=(link,), name="worker-link", daemon=True).start()
        for runner in self._runners.values():
            self._run(runner)

    def _run(self, runner: RemoteRunner) -> None:
        self.tell("start", runner.query_id, runner.spec)
        if runner.paused:
            self.tell("pause", runner.query_id)

    def _listen(self, link: Connection) -> None:
        born = time.monotonic()
        while True:
            try:
                kind, number, value = link.recv()
            except (EOFError, OSError):
                break
            self._take(kind, number, value)
        self._lost()
        if self._closing.is_set():
            return
        self._delay = _DELAY if time.monotonic() - born > _STABLE else min(self._delay * 2, _LONGEST_DELAY)
        log.warning("the worker died and is started again in %.1f s", self._delay)
        self._closing.wait(self._delay)
        self.open()

    def _take(self, kind: str, number: int, value: Any) -> None:
        with self._lock:
            if kind == "status":
                for query_id, status in value.items():
                    if query_id in self._runners:
                        self._runners[query_id].take(status)
                return
            answer = self._waiting.pop(number, None)
        if answer is None:
            return
        if kind == "reply":
            answer.set_result(value)
        else:
            answer.set_exception(KsqlError(value))

    def _lost(self) -> None:
        """The process has ended: nobody gets an answer any more."""
        with self._lock:
            assert self._link is not None
            self._link.close()
            self._link = None
            waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.set_exception(KsqlError("The process that runs the query has ended and is started again."))
