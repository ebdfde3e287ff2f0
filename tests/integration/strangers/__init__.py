"""Runs `programs`: clients that we did not write, each in an environment of its own with the published package."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.jvm.packages import CACHE, NotInstallable

_HERE = Path(__file__).resolve().parent / "programs"
_LIMIT = 300.0  # seconds to install, or to run


def _run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=_LIMIT, stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )  # fmt: skip


def _installed(command: list[str], folder: Path, **environment: str) -> None:
    if shutil.which(command[0]) is None:
        raise NotInstallable(f"there is no {Path(command[0]).name}")
    done = _run(command, folder, **environment)
    if done.returncode:
        raise NotInstallable(f"`{' '.join(command[-3:])}` failed: {(done.stderr or done.stdout).strip()[-300:]}")


@functools.cache
def _python(*packages: str) -> Path:
    folder = CACHE / "python" / packages[0].split("=")[0]
    python = folder / "bin" / "python"
    if not python.exists():
        _installed([sys.executable, "-m", "venv", str(folder)], _HERE)
    _installed([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], _HERE)
    return python


@functools.cache
def _node(*packages: str) -> Path:
    folder = CACHE / "node" / packages[0].lstrip("@").split("@")[0].replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    _installed(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages], folder)
    return folder


@functools.cache
def _go(name: str, *modules: str) -> Path:
    folder = CACHE / "go" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_HERE / f"{name}.go", folder / "main.go")
    if not (folder / "go.mod").exists():
        _installed(["go", "mod", "init", f"strangers/{name}"], folder)
    _installed(["go", "get", *modules], folder)
    _installed(["go", "build", "-o", "program", "."], folder)
    return folder / "program"


def run(program: str, packages: tuple[str, ...], *arguments: str) -> str:
    """What a program of this folder says, run with these packages of its language's registry.

    Args:
        program: file name in `programs`; its ending tells the language.
        packages: with versions, as the language's installer takes them.
        arguments: for the program.

    Returns:
        Its standard output.

    Raises:
        NotInstallable: where the language or a package cannot be had here.
        AssertionError: where the program fails, with what it said.
    """
    file = _HERE / program
    if file.suffix == ".py":
        command, folder = [str(_python(*packages)), "-W", "ignore", str(file)], _HERE
    elif file.suffix == ".go":
        command, folder = [str(_go(file.stem, *packages))], _HERE
    else:
        folder = _node(*packages)
        shutil.copy(file, folder / file.name)  # node looks for packages beside the program
        command = ["node", file.name]
    done = _run([*command, *arguments], folder)
    assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
    return done.stdout
