"""The doctor: one check for each known way in which the stack fails, over facts; and what Docker's words mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clickstream_compose.command import progress
from clickstream_compose.connection import Connection, Place, place
from clickstream_compose.doctor import CHECKS, Facts, Severity, findings, gather
from clickstream_compose.engine import DockerEngine, container, event
from clickstream_compose.errors import EngineError, explain
from clickstream_compose.model import EngineInfo, advice
from clickstream_compose.streams import usage

FINE = EngineInfo("28.0", 16 * 2**30, 4, "x86_64", "overlay2", "/var/lib/docker", False, "2", True)


@pytest.mark.parametrize(
    ("facts", "check", "severity", "words"),
    [
        (Facts(engine_error="The Docker engine does not run"), "engine", "error", "systemctl start docker"),
        (Facts(engine=FINE, compose=""), "compose", "error", "docker-compose-plugin"),
        (Facts(engine=replace(FINE, architecture="s390x")), "processor", "error", "s390x"),
        (Facts(engine=replace(FINE, architecture="aarch64"), overlays=("tutorial",)), "processor", "error", "x86_64 only"),
        (Facts(engine=replace(FINE, memory=6 * 2**30)), "memory", "warning", "low-memory.yml"),
        (Facts(engine=replace(FINE, memory=3 * 2**30), overlays=("low-memory",)), "memory", "warning", "wants 5"),
        (Facts(engine=FINE, disk=5 * 2**30), "disk", "warning", "docker system prune"),
        (Facts(engine=FINE, disk=5 * 2**20), "disk", "error", "docker system prune"),
        (Facts(engine=replace(FINE, storage_driver="vfs")), "storage driver", "warning", "overlay2"),
        (Facts(engine=FINE, map_count=65530), "vm.max_map_count", "warning", "single node"),
        (Facts(engine=replace(FINE, rootless=True)), "limits", "warning", "no-ulimits.yml"),
        (Facts(engine=FINE, taken={"Kafka": 9092}), "ports", "error", "9092 (Kafka)"),
        (Facts(engine=FINE, leftovers=("kafka",)), "containers", "error", "docker rm -f kafka"),
        (Facts(engine=FINE, failing=(("kafka was killed", "Raise mem_limit"),)), "services", "error", "Raise mem_limit"),
        (Facts(engine=FINE, scripts=("a.sh",)), "scripts", "error", "chmod +x a.sh"),
        (Facts(engine=FINE, windows_ends=("a.sh",)), "line ends", "error", "core.autocrlf"),
        (Facts(engine=FINE, unset=("ELASTIC_TAG",)), ".env", "error", "ELASTIC_TAG"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_cure(facts: Facts, check: str, severity: str, words: str) -> None:
    (found,) = findings(facts)
    assert (found.check, found.severity.value) == (check, severity)
    assert words in f"{found.cause}. {found.cure}"
    assert found.as_json()["cause"] == found.cause


def test_nothing_is_told_of_a_good_machine() -> None:
    assert findings(Facts(engine=FINE, disk=2**40, map_count=262_144)) == []
    # an ordinary user's own limits say nothing of a container's; arm64 has images; a remote engine's disk is not known
    assert findings(Facts(engine=replace(FINE, architecture="aarch64", local=False))) == []
    assert findings(Facts(engine=replace(FINE, rootless=True), overlays=("no-ulimits",))) == []
    assert len(CHECKS) == len({check.__name__ for check in CHECKS})


async def test_the_files_are_looked_at_and_mended(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_bytes(b"#!/bin/sh\r\n")
    script.chmod(0o644)
    engine = DockerEngine(Connection(lambda: Place(f"unix://{tmp_path / 'none.sock'}", "a test")))
    found = {finding.check: finding for finding in findings(await gather(tmp_path, "none", engine))}
    assert {"engine", "scripts", "line ends", ".env"} <= found.keys()
    assert "no such file" in found["engine"].cause
    assert all(found[each].severity is Severity.ERROR for each in ("engine", "scripts"))
    for check in ("scripts", "line ends"):
        fix = found[check].fix
        assert fix is not None
        assert str(script) in fix()
    assert script.read_bytes() == b"#!/bin/sh\n"
    assert script.stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("text", "words", "cure"),
    [
        ("dial unix /var/run/docker.sock: connect: permission denied", "may not use Docker", "group"),
        ("Bind for 0.0.0.0:9092 failed: port is already allocated", "port of the stack is taken", "BIND"),
        ("manifest for confluentinc/cp-kafka:0 not found: manifest unknown", "does not exist", ".env"),
        ("no matching manifest for linux/arm64/v8", "this processor", ".env"),
        ("exec /usr/bin/java: exec format error", "another processor", "emulation"),
        ("pull access denied for x", "cannot be had", ".env"),
        ("toomanyrequests: You have reached your pull rate limit", "refuses more pulls", "docker login"),
        ("write /var/lib/docker/x: no space left on device", "disk is full", "prune"),
        ("Unable to find a component \n", "hub has no connector", "archives/"),
        (
            "ERROR: for web  Cannot start service web: no such file\nEncountered errors while bringing up",
            "Cannot start service web",
            "",
        ),
        ("exec /x.sh: permission denied: unknown", "may not be run", "--fix"),
        ("something new", "something new", ""),
    ],
)
def test_dockers_words_get_a_cause_and_a_cure(text: str, words: str, cure: str) -> None:
    found = explain(text, "`docker compose up`")
    assert words in found.message
    assert cure in found.hint


def _inspected(**state: object) -> dict[str, object]:
    return {
        "Id": "f00", "Name": "/clickstream-kafka-1", "RestartCount": 2,
        "Config": {"Image": "confluentinc/cp-kafka:7.9.2", "Labels": {"com.docker.compose.service": "kafka"}},
        "State": {"Status": "running", "ExitCode": 0, **state}, "HostConfig": {"Memory": 2**30},
        "NetworkSettings": {"Ports": {"9092/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9092"}], "2181/tcp": None}},
    }  # fmt: skip


def test_a_container_is_read_from_its_inspection() -> None:
    found = container(_inspected(Health={"Status": "healthy", "FailingStreak": 0, "Log": []}))
    assert found.ready
    assert (found.service, found.restarts, found.image) == ("kafka", 2, "confluentinc/cp-kafka:7.9.2")
    assert [str(port) for port in found.ports] == ["127.0.0.1:9092"]
    assert container(_inspected(Health={"Status": "none"})).ready


def test_why_a_container_is_not_ready_is_told_with_its_log_and_cure() -> None:
    killed = container(_inspected(Status="exited", ExitCode=137, OOMKilled=True))
    what, cure = advice(killed, "")
    assert "over its memory limit of 1024 MiB" in what
    assert "mem_limit of kafka" in cure
    sick = container(_inspected(Health={"Status": "unhealthy", "FailingStreak": 5, "Log": [{"Output": "refused\n"}]}))
    assert "failed 5 times: refused" in advice(sick, "")[0]
    full = container(_inspected(Status="exited", ExitCode=1))
    what, cure = advice(full, "starting\njava.io.IOException: No space left on device\n")
    assert "No space left on device" in what
    assert "prune" in cure
    low = container(_inspected(Status="exited", ExitCode=78))
    assert "max_map_count" in advice(low, "bootstrap check failure")[1]
    assert advice(container(_inspected(Status="exited", ExitCode=0)), "") == ("", "")


def test_events_of_health_checks_are_left_out() -> None:
    actor = {"Attributes": {"com.docker.compose.service": "kafka", "name": "clickstream-kafka-1", "exitCode": "137"}}
    entry = {"Type": "container", "Action": "die", "timeNano": 1_500_000_000, "Actor": actor}
    found = event(entry)
    assert found is not None
    assert (found.at, found.action, found.service, found.exit_code) == (1.5, "die", "kafka", 137)
    assert event({**entry, "Action": "exec_start: /bin/sh -c true"}) is None


def test_usage_is_counted_as_docker_counts_it() -> None:
    memory = {"usage": 300, "limit": 1000, "stats": {"inactive_file": 100}}
    first = {
        "memory_stats": memory,
        "cpu_stats": {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000, "online_cpus": 2},
    }
    then = {**first, "cpu_stats": {"cpu_usage": {"total_usage": 150}, "system_cpu_usage": 1200, "online_cpus": 2}}
    alone = usage(first, {})
    assert alone is not None
    assert (alone.cpu_percent, alone.memory, alone.memory_limit) == (0.0, 200, 1000)
    found = usage(then, first)
    assert found is not None
    assert found.cpu_percent == 50.0
    assert usage({"memory_stats": {}}, {}) is None


@pytest.mark.parametrize(
    ("line", "part", "text", "percent"),
    [
        (
            '{"id":"Container clickstream-kafka-1","text":"Started","status":"Done"}',
            "clickstream-kafka-1",
            "Started",
            None,
        ),
        ('{"id":"abc","parent_id":"Image kafka","text":"Pulling","current":50,"total":200}', "kafka", "Pulling", 25.0),
        (" Container clickstream-kafka-1  Waiting", "clickstream-kafka-1", "Waiting", None),
        ("Creating clickstream_kafka_1 ... done", "clickstream_kafka_1", "Creating", None),
    ],
)
def test_composes_progress_is_read(line: str, part: str, text: str, percent: float | None) -> None:
    found = progress(line)
    assert found is not None
    assert found.part == part
    assert text in found.text
    assert found.percent == percent
    assert progress("time=x level=warning") is None


def test_the_engine_is_found_as_docker_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place({"DOCKER_HOST": "tcp://h:2375"}).address == "tcp://h:2375"
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(EngineError, match="nowhere"):
        place({"DOCKER_CONTEXT": "nowhere"})
    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(Path, "exists", lambda self: self.parent == tmp_path)
    assert place({"XDG_RUNTIME_DIR": str(tmp_path)}).address == f"unix://{tmp_path}/docker.sock"
