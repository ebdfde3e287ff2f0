"""What the console costs beside a Docker engine: `python -m benchmarks.containers --busybox PATH [--minutes M]`.

Needs an engine that answers, and a static busybox of which an image is made. Six containers that do nothing stand for the services; the
console shows them, with their usage streams, and its home screen is not touched. Prints one JSON object: `cpu_percent` of a core, the
`bytes_per_second` that the terminal is sent, and the load of the machine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
from pathlib import Path

import psutil

from benchmarks.terminal import Seen, watch

IMAGE, PROJECT = "clickstream-benchmark:1", "clickstream"
SERVICES = ("kafka", "connect", "ksqldb-server", "elasticsearch", "grafana", "control-center")
_NAME = "clickstream-benchmark-{}"


def docker(*arguments: str, data: bytes | None = None) -> None:
    subprocess.run(["docker", *arguments], input=data, capture_output=True, check=True, timeout=120)


def start(busybox: Path) -> None:
    """Makes the image and its containers."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(busybox, "bin/busybox")
    docker("import", "-", IMAGE, data=archive.getvalue())
    for service in SERVICES:
        labels = (f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}")
        docker("run", "-d", "--network=none", "--name", _NAME.format(service),
               *(word for label in labels for word in ("--label", label)), IMAGE, "/bin/busybox", "sleep", "100000")  # fmt: skip


def stop() -> None:
    """Removes what `start` made."""
    for service in SERVICES:
        subprocess.run(["docker", "rm", "-f", _NAME.format(service)], capture_output=True, check=False, timeout=120)
    subprocess.run(["docker", "rmi", "-f", IMAGE], capture_output=True, check=False, timeout=120)


class Meter(threading.Thread):
    """The processor time of the console, from one moment of its life to another.

    Args:
        settle: seconds before it is measured.
        seconds: for which it is.
        command: a word of the command line of the processes that count, with their children.
    """

    def __init__(self, settle: float, seconds: float, command: str = "clickstream_tui") -> None:
        super().__init__(daemon=True)
        self._settle, self._seconds, self._command = settle, seconds, command
        self.ended = threading.Event()
        self.percent: float | None = None

    def run(self) -> None:
        if self.ended.wait(self._settle):
            return
        before = self._used()
        if not self.ended.wait(self._seconds):
            self.percent = round(100 * (self._used() - before) / self._seconds, 2)

    def _used(self) -> float:
        parents = [each for each in psutil.Process().children() if self._command in each.cmdline()]
        family = [each for parent in parents for each in (parent, *parent.children(recursive=True))]
        return sum(sum(each.cpu_times()[:2]) for each in family)


def measure(minutes: float, settle: float) -> dict[str, object]:
    """Runs the console at 120x36 in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="clickstream-containers-") as folder:
        environment = {**os.environ, "CLICKSTREAM_HOME": folder, "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "clickstream_tui", "--profile", "docker", "--read-only"]
        meter = Meter(settle, minutes * 60)
        meter.start()
        seen: Seen = watch(command, environment, seconds=settle + minutes * 60 + 2, size=(120, 36))
        meter.ended.set()
        meter.join()
    return {
        "cpu_percent": meter.percent, "bytes_per_second": round(rate(seen, settle), 1), "minutes": minutes,
        "load_1m": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def rate(seen: Seen, settle: float) -> float:
    """Bytes a second once the start is over."""
    later = [mark for mark in seen.marks if mark[0] >= settle]
    return (later[-1][1] - later[0][1]) / max(later[-1][0] - later[0][0], 1.0) if later else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busybox", type=Path, required=True, help="a static busybox")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--settle", type=float, default=20.0, help="seconds before the measurement begins")
    given = parser.parse_args()
    stop()
    start(given.busybox)
    try:
        print(json.dumps(measure(given.minutes, given.settle)))
    finally:
        stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
