"""The first start tells how far its set-up is: row 20 of the console's cases, "silent for a minute; no progress"."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "environment"
PIP = "".join(f"Collecting package{number}==1.{number} (from -r some.lock (line 3))\n  Downloading package{number}.whl\n"
              for number in range(1, 13)) + "Installing collected packages: package1, package2\nSuccessfully installed\n"  # fmt: skip


def _said(stderr: int) -> bytes:
    done = subprocess.run(["bash", "-c", f". '{SCRIPT}'; packages 12"], input=PIP.encode(), stderr=stderr,
                          stdout=subprocess.DEVNULL, timeout=30, check=True)  # fmt: skip
    return done.stderr or b""


def test_lines_now_and_then_where_it_is_no_terminal() -> None:
    said = _said(subprocess.PIPE).decode().splitlines()
    assert [line.strip() for line in said] == [
        "package 1 of 12: package1==1.1", "package 10 of 12: package10==1.10", "installing 12 packages",
    ]  # fmt: skip


def test_one_line_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    try:
        _said(theirs)
        shown = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"\n" not in shown
    assert shown.count(b"\r") == 14  # twelve packages, the installing, and the line made empty
    assert b"package 12 of 12: package12==1.12" in shown
    assert not shown.split(b"\r")[-2].strip()
