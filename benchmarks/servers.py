"""Starts embedded servers for a benchmark, each in a process and a folder of its own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import psutil


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(module: str, *arguments: str) -> Generator[tuple[int, psutil.Process]]:
    """(port, process) of `python -m clickstream_embedded.<module>`, once it listens."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            f"clickstream_embedded.{module}",
            "--data",
            folder,
            "--port",
            str(port),
            *arguments,
        ]
        log = (Path(folder) / "log").open("wb")
        with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            deadline = time.monotonic() + 20
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{module} does not listen")
                time.sleep(0.05)
            try:
                yield port, psutil.Process(process.pid)
            finally:
                process.terminate()
                process.wait(20)
