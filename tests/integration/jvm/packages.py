"""What the integration tier needs and a bare machine lacks: installed from Debian's packages and Maven Central.

All of it lands in `.cache/integration` of the checkout, once.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
CACHE = _HERE.parents[2] / ".cache" / "integration"
LOGGING = f"-Dlog4j.configuration=file:{_HERE / 'log4j.properties'}"
_SEARCH = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
_DEBIAN = {
    "java": "openjdk-17-jre-headless", "mvn": "maven", "kcat": "kcat", "unzip": "unzip", "openssl": "openssl",
    "dockerd": "docker.io", "docker-compose": "docker-compose", "busybox": "busybox-static", "tmux": "tmux",
}  # fmt: skip


class NotInstallable(Exception):
    """The machine lacks a program and it cannot be installed; the text says which and why."""


def _run(*command: str, limit: float) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit, env=environment)
    if done.returncode:
        raise NotInstallable(f"`{' '.join(command[:4])} …` failed: {(done.stderr or done.stdout).strip()[-300:]}")


@functools.cache
def program(name: str) -> str:
    """The path of a program, installed from Debian's packages where it is not there. Raises NotInstallable."""
    found = shutil.which(name)
    if found is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstallable(f"there is no {name}, and only root on a Debian system can install it")
    _run("apt-get", "update", "-qq", limit=300)
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", _DEBIAN[name], limit=600)
    found = shutil.which(name)
    if found is None:
        raise NotInstallable(f"the package {_DEBIAN[name]} has no program {name}")
    return found


@functools.cache
def kafka_jars(version: str = "") -> Path:
    """The folder of Apache Kafka's jars, of the pom's own version where none is named. Raises NotInstallable."""
    pom = _HERE / "pom.xml"
    folder = CACHE / (f"kafka-{version}" if version else "kafka")
    stamp = folder / "pom.xml"
    if not stamp.exists() or stamp.read_bytes() != pom.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        _run(
            program("mvn"), "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime",
            f"-DoutputDirectory={folder}", *([f"-Dkafka.version={version}"] if version else []), limit=900,
        )  # fmt: skip
        shutil.copy(pom, stamp)
    return folder


@functools.cache
def elasticsearch(version: str) -> Path:
    """The folder of an unpacked Elasticsearch. Raises NotInstallable."""
    folder = CACHE / f"elasticsearch-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        _run(
            program("mvn"), "-q", "-B", "dependency:copy", f"-Dartifact={_SEARCH}:{version}:zip",
            f"-DoutputDirectory={CACHE}", limit=900,
        )  # fmt: skip
        _run(program("unzip"), "-q", "-o", str(CACHE / f"elasticsearch-{version}.zip"), "-d", str(CACHE), limit=120)
    return folder


def install() -> None:
    """All of it, one after another: tests that run beside each other would stand in each other's way."""
    wanted = [(name, lambda name=name: program(name)) for name in _DEBIAN]
    wanted += [(f"Kafka {version}", lambda version=version: kafka_jars(version)) for version in ("", "4.0.0")]
    wanted += [
        (f"Elasticsearch {version}", lambda version=version: elasticsearch(version)) for version in ("6.3.0", "7.5.2")
    ]
    for name, get in wanted:
        try:
            get()
        except NotInstallable as error:
            sys.stdout.write(f"{name} is not to be had here: {error}\n")


if __name__ == "__main__":
    install()
