"""Embedded servers as processes of a test: started, killed, started again over the same data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m clickstream_embedded.<module>` over one data folder, on one port. Use it in a `with`."""

    def __init__(self, module: str, data: Path, *arguments: str) -> None:
        self.port = free_port()
        self.data = data
        self._command = [sys.executable, "-m", f"clickstream_embedded.{module}", "--data", str(data),
                         "--port", str(self.port), *arguments]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text(errors="replace")

    def start(self, limit: float = 30.0) -> None:
        """Starts it and waits until it listens."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + limit
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                ended = self._process.poll()
                assert ended is None, f"the server ended with {ended}: {self.log[-2000:]}"
                assert time.monotonic() < deadline, "the server does not listen"
                time.sleep(0.02)

    def kill(self) -> None:
        """kill -9"""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    @contextmanager
    def held(self) -> Generator[None]:
        """Stands still (SIGSTOP) within this block, however that ends: a process that stands still does not end by itself."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
