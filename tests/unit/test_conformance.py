"""ksqlDB's own cases: those that fail are the ones that the documentation lists, no more and no fewer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import shared

ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_fails_is_what_is_documented(tmp_path: Path) -> None:
    cases, written = shared("conformance/cases"), tmp_path / "page.md"
    command = [sys.executable, "-m", "tests.conformance", "--cases", str(cases), "--document", str(written)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=150, capture_output=True)
    assert written.read_text() == (ROOT / "docs" / "ksqldb-compatibility.md").read_text()
