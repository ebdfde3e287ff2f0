"""Every command in the README and in the walk-through runs, in the order in which it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_pipeline import processes_of

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def readme() -> list[str]:
    """The commands of the README's block of verbs."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    block = next(block for block in blocks if "./scripts/run up" in block)
    return [line for line in block.splitlines() if line.startswith("./scripts/run")]


def walkthrough() -> list[str]:
    """The commands of the walk-through's table."""
    text = (ROOT / "docs" / "walkthrough.md").read_text("utf-8")
    return [command.replace("\\|", "|") for command in re.findall(r"`(\./scripts/run [^`]*)`", text)]


@pytest.mark.parametrize("commands", [readme(), walkthrough()], ids=["README", "walkthrough"])
def test_every_command_runs(commands: list[str], tmp_path: Path) -> None:
    assert len(commands) >= 8
    home = tmp_path / "home"
    environment = {**os.environ, "CLICKSTREAM_HOME": str(home), "CLICKSTREAM_PORTS": "free"}
    try:
        for command in commands:
            words = shlex.split(command, comments=True)
            words = [str(tmp_path / "out") if word == "out/" else word for word in words]
            done = subprocess.run(
                words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    finally:
        subprocess.run(
            [str(ROOT / "scripts" / "run"), "down"], env=environment, capture_output=True, check=False, timeout=60
        )
    assert processes_of(home) == []
