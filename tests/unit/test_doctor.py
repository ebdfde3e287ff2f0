"""Each check of the Docker preflight, with the failure it is for and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickstream_compose.doctor import CHECKS, Facts, gather, problems
from clickstream_compose.engine import Engine, container, explain, parsed, percent, size

GOOD = Facts(docker="/usr/bin/docker", compose="docker compose")
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("docker", {"docker": ""}, "not here"),
    ("engine", {"engine": "The Docker engine does not run"}, "does not run"),
    ("compose", {"compose": ""}, "no compose"),
    ("memory", {"memory": 4 * 2**30}, "4.0 GiB"),
    ("disk", {"disk": 2**30}, "1.0 GiB"),
    ("vm.max_map_count", {"map_count": 65530}, "65530"),
    ("limits", {"memlock": False}, "rlimit"),
    ("ports", {"taken": {"Kafka": 9092}}, "9092 (Kafka)"),
    ("containers", {"leftovers": ("zookeeper",)}, "zookeeper"),
    ("scripts", {"scripts": ("a.sh",)}, "permission denied"),
    ("line ends", {"windows_ends": ("a.sh",)}, "Windows"),
    (".env", {"env_empty": True}, "empty"),
    ("processor", {"machine": "riscv64"}, "riscv64"),
]


def test_nothing_is_wrong_where_nothing_is() -> None:
    assert problems(GOOD) == []
    assert len(BAD) == len(CHECKS)


@pytest.mark.parametrize(("check", "facts", "words"), BAD)
def test_each_check_finds_its_failure_and_only_that(check: str, facts: dict[str, Any], words: str) -> None:
    found = problems(replace(GOOD, **facts))
    assert [problem.check for problem in found] == [check]
    assert words in found[0].cause
    assert found[0].cure


async def test_files_are_looked_at_and_mended(tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_bytes(b"#!/bin/sh\r\necho\r\n")
    script.chmod(0o644)
    facts = await gather(tmp_path, "no-such-project", Engine("no-such-docker"))
    found = {problem.check: problem for problem in problems(replace(facts, docker="", taken={}))}
    assert {"scripts", "line ends", ".env"} <= set(found)
    for check in ("scripts", "line ends"):
        fix = found[check].fix
        assert fix is not None
        fix()
    again = await gather(tmp_path, "no-such-project", Engine("no-such-docker"))
    assert (again.scripts, again.windows_ends) == ((), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Got permission denied while trying to connect to the Docker daemon socket", "may not use Docker"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "engine does not run"),
        ("error setting rlimit type 8: operation not permitted", "refuses to raise resource limits"),
        ("Bind for 0.0.0.0:9092 failed: port is already allocated", "port of the stack is taken"),
        ('The container name "/kafka" is already in use by container "abc"', "left over"),
        ("write /x: no space left on device", "disk is full"),
        ("manifest unknown: manifest unknown", "does not exist"),
    ],
)
def test_dockers_errors_get_a_cause_and_a_cure(text: str, words: str) -> None:
    error = explain(text, "`docker up`")
    assert words in error.message
    assert error.hint


def test_dockers_output_is_read_in_both_forms() -> None:
    line = '{"Names":"c-kafka-1","State":"running","Status":"Up 5 minutes (healthy)","Labels":"com.docker.compose.service=kafka"}'
    assert parsed(f"[{line}]") == parsed(line)
    kafka = container(parsed(line)[0])
    assert (kafka.service, kafka.health, kafka.ready) == ("kafka", "healthy", True)
    assert not container({**parsed(line)[0], "Status": "Up 2 seconds (health: starting)"}).ready
    assert (percent("12.5%"), size("1.5MiB "), size("2GB"), size("--")) == (12.5, 1_572_864, 2_000_000_000, 0)
