"""The compose files by the images' own rules: what each service would start with, and what the image would refuse."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from clickstream_compose.images import IMAGES, elasticsearch_settings, image_of, properties
from tests.compose_project import FORMS, project

# names of ksqlDB's own configuration reference (docs.ksqldb.io/en/latest/reference/server-configuration) that we use
KSQLDB = {
    "bootstrap.servers", "listeners", "ksql.service.id", "ksql.hidden.topics", "ksql.streams.auto.offset.reset",
    "ksql.streams.commit.interval.ms", "ksql.streams.cache.max.bytes.buffering", "ksql.advertised.listener",
    "ksql.logging.processing.stream.auto.create", "ksql.logging.processing.topic.auto.create", "ksql.connect.url",
    "ksql.internal.topic.replicas", "ksql.internal.topic.min.insync.replicas", "ksql.streams.replication.factor",
    "ksql.logging.processing.topic.replication.factor",
}  # fmt: skip
ELASTICSEARCH = {"discovery.type", "bootstrap.memory_lock", "xpack.security.enabled"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(form) or "base")
def test_every_image_takes_its_environment(form: tuple[str, ...]) -> None:
    services = project(form)
    for name, service in services.items():
        if "entrypoint" in service:
            continue  # the image's own start does not run
        image = image_of(service["image"])
        assert image.faults(service["environment"]) == [], f"{name} of {form}"
    for name in ("ksqldb-server", "ksqldb-server-2"):
        if name in services:
            found = IMAGES["cp-ksqldb-server"].render(services[name]["environment"])
            assert {key for key in found if not key.startswith("connect.")} <= KSQLDB
    assert set(elasticsearch_settings(services["elasticsearch"]["environment"])) <= ELASTICSEARCH


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(form) or "base")
def test_health_checks_use_only_what_the_image_has_and_start_no_jvm(form: tuple[str, ...]) -> None:
    for name, service in project(form).items():
        check = service.get("healthcheck")
        if check is None:
            continue
        text = " ".join(check["test"])
        assert not re.search(r"kafka-[a-z-]+ |\bjava\b|\bcub\b|\bnc\b", text), f"{name}: {text}"
        tools = image_of(service["image"]).tools
        for tool in ("curl", "wget", "bash"):
            if re.search(rf"\b{tool}\b", text):
                assert tool in tools, f"{name} has no {tool}"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(form) or "base")
def test_heaps_fit_into_their_limits(form: tuple[str, ...]) -> None:
    for name, service in project(form).items():
        heap = service["environment"].get(image_of(service["image"]).heap, "")
        if found := re.search(r"-Xmx(\w+)", heap):
            assert _bytes(found[1]) * 4 <= _bytes(service["mem_limit"]) * 3, f"{name} of {form}"


def _bytes(text: str) -> int:
    return int(text[:-1]) * {"m": 2**20, "g": 2**30}[text[-1].lower()]


def test_the_scripts_are_mounted_and_can_be_run() -> None:
    services = project(())
    for name in ("elasticsearch", "ksqldb-server"):
        (mount,) = [volume for volume in services[name]["volumes"] if str(volume).endswith(":/scripts:ro")]
        folder = Path(__file__).parents[2] / "compose" / mount.rpartition(":/scripts")[0]
        for script in ("elastic-dynamic-template.sh", "ksql-tables-to-grafana.sh"):
            assert os.access(folder / script, os.X_OK)


def test_the_scripts_for_containers_want_nothing_but_bash_and_curl() -> None:
    folder = Path(__file__).parents[2] / "scripts"
    for name in ("elastic-dynamic-template.sh", "ksql-tables-to-grafana.sh", "requests"):
        code = "\n".join(line for line in (folder / name).read_text().splitlines() if not line.lstrip().startswith("#"))
        assert not re.search(r"(?:^|[|($;&]\s*)(?:sed|awk|grep|tr|jq|python3?|cut|perl)\s", code, re.MULTILINE), name


def test_names_of_variables_are_read_as_the_images_read_them() -> None:
    given = {"KAFKA_LOG_DIRS": "a", "KAFKA_A__B": "b", "KAFKA_A___B": "c", "OTHER": "d", "KAFKA_OPTS": "e"}
    assert properties(given, "KAFKA_", ("KAFKA_OPTS",)) == {"log.dirs": "a", "a_b": "b", "a-b": "c"}


def test_what_an_image_refuses_is_said() -> None:
    assert IMAGES["cp-kafka"].faults({}) == [
        "KAFKA_ADVERTISED_LISTENERS is required", "KAFKA_ZOOKEEPER_CONNECT is required without KAFKA_PROCESS_ROLES",
    ]  # fmt: skip
    inside: dict[str, Any] = {"KSQL_BOOTSTRAP_SERVERS": "k:1", "KSQL_CONNECT_GROUP_ID": "g"}
    assert "does not read" in IMAGES["cp-ksqldb-server"].faults(inside)[0]
    assert IMAGES["ksqldb-server"].faults(inside) == []
