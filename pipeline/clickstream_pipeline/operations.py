"""Everything that changes the pipeline, written to the command log."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.clients.elasticsearch import TEMPLATE, ElasticsearchClient, template_body
from clickstream_pipeline.clients.grafana import GrafanaClient
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.command_log import CommandLog, curl
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.runtimes.stack import Stack

Result = TypeVar("Result")
_METHODS = {"pause": "PUT", "resume": "PUT", "stop": "PUT", "restart": "POST", "delete": "DELETE"}


class ReadOnly(PipelineError):
    """The console is in read-only mode."""


class Operations:
    """The mutating side of the clients."""

    def __init__(
        self, kafka: KafkaClient, connect: ConnectClient, ksqldb: KsqlClient, elasticsearch: ElasticsearchClient,
        stack: Stack, log: CommandLog, *, grafana: GrafanaClient | None = None, read_only: bool = False,
    ) -> None:  # fmt: skip
        self._grafana = grafana
        self._kafka = kafka
        self._connect = connect
        self._ksqldb = ksqldb
        self._elasticsearch = elasticsearch
        self._stack = stack
        self.log = log
        self.read_only = read_only

    async def _do(self, line: str, call: Awaitable[Result]) -> Result:
        if self.read_only:
            if hasattr(call, "close"):
                call.close()  # type: ignore[attr-defined]
            raise ReadOnly(
                "This is read-only mode, so nothing was changed", hint="Start without --read-only to change things"
            )
        try:
            result = await call
        except PipelineError as error:
            self.log.note(line, error.message)
            raise
        self.log.note(line)
        return result

    async def connector(self, action: str, name: str) -> None:
        """pause, resume, stop, restart or delete."""
        path = f"{self._connect.http.url}/connectors/{name}" + ("" if action == "delete" else f"/{action}")
        await self._do(curl(_METHODS[action], path), self._connect.act(name, action))

    async def create_connector(self, name: str, config: dict[str, str]) -> None:
        line = curl("PUT", f"{self._connect.http.url}/connectors/{name}/config", config)
        await self._do(line, self._connect.create(name, config))

    async def statement(self, text: str, properties: dict[str, str]) -> list[dict[str, Any]]:
        body = {"ksql": text, "streamsProperties": properties}
        return await self._do(
            curl("POST", f"{self._ksqldb.http.url}/ksql", body), self._ksqldb.execute(text, properties)
        )

    async def put_template(self) -> None:
        line = curl("PUT", f"{self._elasticsearch.http.url}/_template/{TEMPLATE}", template_body(7))
        await self._do(line, self._elasticsearch.put_template())

    async def put_data_source(self, body: dict[str, Any]) -> None:
        """A data source of Grafana."""
        assert self._grafana is not None
        line = curl("POST", f"{self._grafana.http.url}/api/datasources", body)
        await self._do(line, self._grafana.put_source(body))

    async def put_dashboard(self, body: dict[str, Any]) -> str:
        """A dashboard of Grafana; gives its address."""
        assert self._grafana is not None
        line = curl("POST", f"{self._grafana.http.url}/api/dashboards/db", {"dashboard": body, "overwrite": True})
        return await self._do(line, self._grafana.put_dashboard(body))

    async def service(self, action: str, name: str) -> None:
        """start, stop or restart."""
        await self._do(self._stack.command(action, name), self._stack.act(action, name))

    async def create_topic(self, name: str, partitions: int, config: dict[str, str]) -> None:
        line = (
            f"kafka-topics --bootstrap-server {self._kafka.bootstrap} --create --topic {name} --partitions {partitions}"
        )
        await self._do(line, self._kafka.create_topic(name, partitions, config))

    async def delete_topic(self, name: str) -> None:
        line = f"kafka-topics --bootstrap-server {self._kafka.bootstrap} --delete --topic {name}"
        await self._do(line, self._kafka.delete_topic(name))

    async def produce(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        line = f"kafka-console-producer --bootstrap-server {self._kafka.bootstrap} --topic {topic}"
        await self._do(line, self._kafka.produce(topic, key, value))
