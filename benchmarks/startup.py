"""`python -m benchmarks.startup`: from the command to the first paint, the first click and full charts.

The console starts in a pseudo terminal, from an empty home and with free ports, so it starts the whole stack too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.terminal import watch
from clickstream_tui.app import ConsoleApp
from clickstream_tui.settings import load


class MeasuredApp(ConsoleApp):
    """The console, writing down when all charts had data."""

    out: Path

    def on_ready(self) -> None:
        self.set_interval(0.1, self._look)

    def _look(self) -> None:
        if self.has_charts and not self.out.exists():
            self.out.write_text(str(time.time()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        app = MeasuredApp(load())
        app.out = Path(options.child)
        app.run()
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "charts"
        environment = {
            **os.environ, "CLICKSTREAM_HOME": str(Path(folder) / "home"), "CLICKSTREAM_PORTS": "free",
            "TERM": "xterm-256color", "HOME": folder,
        }  # fmt: skip
        wanted = {"paint": re.compile(rb"Stages"), "click": re.compile(rb"GET /")}
        started = time.time()
        command = [sys.executable, "-m", "benchmarks.startup", "--child", str(out)]
        seen = watch(command, environment, seconds=90, size=(160, 48), wanted=wanted,
                     done=lambda found: out.exists() and len(found.texts) == len(wanted))  # fmt: skip
        charts = float(out.read_text()) - started if out.exists() else None
    print(json.dumps({
        "first_paint_s": round(seen.texts.get("paint", -1), 2), "first_click_s": round(seen.texts.get("click", -1), 2),
        "charts_s": None if charts is None else round(charts, 2),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
