"""The embedded stack with a Schema Registry: only where the settings give it a port."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from clickstream_embedded.supervisor.ports import choose
from clickstream_embedded.supervisor.supervisor import definitions
from clickstream_pipeline.runtimes.embedded import EmbeddedStack
from clickstream_tui import settings
from tests.conftest import FREE_PORTS, wait_until


def test_a_port_in_the_settings_asks_for_a_registry(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[ports]\nschema_registry = 8081\n")
    assert settings.load(file, {}).ports == {"schema-registry": 8081}
    assert settings.load(file, {"CLICKSTREAM_PORTS": "free"}).ports["schema-registry"] == 0
    file.write_text("")
    assert "schema-registry" not in settings.load(file, {"CLICKSTREAM_PORTS": "free"}).ports


@pytest.mark.parametrize("wanted", [{}, {"schema-registry": 0}])
def test_only_a_stack_that_has_one_is_told_of_it(wanted: dict[str, int]) -> None:
    found = {each.name: each for each in definitions(choose({**FREE_PORTS, **wanted}, {}))}
    assert ("schema-registry" in found) is bool(wanted)
    for name in ("ksqldb", "connect"):
        assert ("--schema-registry" in found[name].arguments) is bool(wanted)


async def test_the_stack_runs_a_registry_and_its_servers_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECT_VALUE_CONVERTER", "io.confluent.connect.avro.AvroConverter")
    stack = EmbeddedStack(tmp_path, {**FREE_PORTS, "schema-registry": 0})
    await stack.ensure()
    try:

        async def all_ready() -> bool:
            return all(service.ready for service in await stack.services())

        await wait_until(all_ready, 60, "all services")
        address = {service.name: service.address for service in await stack.services()}
        assert set(stack.addresses()) == {"kafka", "connect", "ksqldb", "elasticsearch"}
        text = "CREATE STREAM S (A INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='AVRO', PARTITIONS=1);"
        async with httpx.AsyncClient(timeout=30) as client:
            made = await client.post(f"{address['ksqldb']}/ksql", json={"ksql": text})
            assert made.status_code == 200, made.text
            assert (await client.get(f"{address['schema-registry']}/subjects")).json() == ["s-value"]
            config = {
                "connector.class": "DatagenConnector",
                "quickstart": "users",
                "kafka.topic": "u",
                "iterations": "3",
            }
            put = await client.put(f"{address['connect']}/connectors/u/config", json=config)
            assert put.status_code == 201, put.text

            async def registered() -> bool:
                return "u-value" in (await client.get(f"{address['schema-registry']}/subjects")).json()

            await wait_until(registered, 20, "the worker's converter registers its schema")
    finally:
        await stack.shutdown()
