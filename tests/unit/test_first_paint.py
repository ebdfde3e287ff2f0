"""What the first paint does not need is not imported before it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["plotext", "textual_plotext", "confluent_kafka", "httpx"])
def test_the_application_is_imported_without(module: str) -> None:
    program = f"import sys, clickstream_tui.app; print({module!r} in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
