"""Certificates of a test, made by openssl."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def openssl(*arguments: str) -> None:
    """Runs openssl; the test is skipped where it is not here."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
