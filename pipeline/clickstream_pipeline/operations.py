"""Everything that changes the pipeline, written to the command log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from clickstream_pipeline import group_readers
from clickstream_pipeline.clients.bodies import TEMPLATE, template_body
from clickstream_pipeline.clients.connect_settings import masked
from clickstream_pipeline.command_log import CommandLog, curl
from clickstream_pipeline.connector_offsets import OffsetPlan
from clickstream_pipeline.errors import PipelineError, Refused, Unreachable
from clickstream_pipeline.model import Connector, OffsetChange, Topic

if TYPE_CHECKING:
    from clickstream_pipeline.clients.connect import ConnectClient
    from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
    from clickstream_pipeline.clients.grafana import GrafanaClient
    from clickstream_pipeline.clients.kafka import KafkaClient
    from clickstream_pipeline.clients.ksqldb import KsqlClient
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
        read_only_hint: str = "Start without --read-only to change things",
    ) -> None:  # fmt: skip
        self._grafana = grafana
        self._kafka = kafka
        self._connect = connect
        self._ksqldb = ksqldb
        self._elasticsearch = elasticsearch
        self._stack = stack
        self.log = log
        self.read_only = read_only
        self._read_only_hint = read_only_hint

    async def _do(self, line: str, call: Awaitable[Result]) -> Result:
        if self.read_only:
            if hasattr(call, "close"):
                call.close()  # type: ignore[attr-defined]
            raise ReadOnly("This is read-only mode, so nothing was changed", hint=self._read_only_hint)
        began = time.monotonic()
        try:
            result = await call
        except PipelineError as error:
            self.log.note(line, error.message, seconds=time.monotonic() - began)
            raise
        self.log.note(line, seconds=time.monotonic() - began)
        return result

    async def topics(self) -> tuple[Topic, ...]:
        """The topics as they are; changes nothing."""
        return await self._kafka.topics()

    async def connector(self, action: str, name: str) -> None:
        """pause, resume, stop, restart or delete."""
        path = f"{self._connect.http.url}/connectors/{name}" + ("" if action == "delete" else f"/{action}")
        await self._do(curl(_METHODS[action], path), self._connect.act(name, action))

    async def create_connector(self, name: str, config: dict[str, str]) -> None:
        line = curl("PUT", f"{self._connect.http.url}/connectors/{name}/config", dict(masked(config)))
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

    async def produce(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:  # fmt: skip
        line = f"kafka-console-producer --bootstrap-server {self._kafka.bootstrap} --topic {topic}"
        await self._do(line, self._kafka.produce(topic, key, value, headers))

    async def configure_topic(self, name: str, config: Mapping[str, str | None]) -> None:
        """Sets settings of a topic; None takes the broker's default again."""
        sets = ",".join(f"{key}={value}" for key, value in config.items() if value is not None)
        gone = ",".join(key for key, value in config.items() if value is None)
        line = f"kafka-configs --bootstrap-server {self._kafka.bootstrap} --alter --entity-type topics --entity-name {name}"
        line += (f" --add-config {sets}" if sets else "") + (f" --delete-config {gone}" if gone else "")
        await self._do(line, self._kafka.set_topic_config(name, config))

    async def add_partitions(self, name: str, total: int) -> None:
        """Gives a topic more partitions, `total` in all."""
        line = f"kafka-topics --bootstrap-server {self._kafka.bootstrap} --alter --topic {name} --partitions {total}"
        await self._do(line, self._kafka.add_partitions(name, total))

    async def purge_topic(self, name: str) -> None:
        """Deletes the records that a topic holds now."""
        line = f"kafka-delete-records --bootstrap-server {self._kafka.bootstrap} # all records of {name}"
        await self._do(line, self._kafka.purge_topic(name))

    async def reset_offsets(self, group: str, changes: Sequence[OffsetChange]) -> None:
        """Moves a group's offsets to what was previewed. The group must have no members."""
        line = "; ".join(
            f"kafka-consumer-groups --bootstrap-server {self._kafka.bootstrap} --group {group} "
            f"--topic {each.topic}:{each.partition} --reset-offsets --to-offset {each.after} --execute"
            for each in changes
        )
        await self._do(line, self._while_free(group, lambda: self._kafka.reset_offsets(group, changes)))

    async def delete_group(self, group: str) -> None:
        """Deletes a group with its offsets. Kafka refuses while it has members."""
        line = f"kafka-consumer-groups --bootstrap-server {self._kafka.bootstrap} --delete --group {group}"
        await self._do(line, self._while_free(group, lambda: self._kafka.delete_group(group)))

    async def _while_free(self, group: str, call: Callable[[], Awaitable[None]]) -> None:
        """Does it unless a query or a connector holds the group's offsets. Raises Refused."""
        # a query that cannot be asked for may run; a connector's group has members then, which Kafka knows
        queries = await self._ksqldb.queries() if group_readers.is_of_ksqldb(group) else ()
        connectors: tuple[Connector, ...] = ()
        with contextlib.suppress(Unreachable):
            connectors = await self._connect.connectors()
        if found := group_readers.obstacle(group, queries, connectors):
            raise Refused(f"The consumer group {group} is in use. {found}")
        await call()

    async def connector_offsets(self, name: str, plan: OffsetPlan) -> None:
        """Moves or forgets the offsets of a connector as it was planned (KIP-875); Connect wants it to be STOPPED."""
        url = f"{self._connect.http.url}/connectors/{name}/offsets"
        if plan.pairs is None:
            await self._do(curl("DELETE", url), self._connect.reset_offsets(name))
        else:
            line = curl("PATCH", url, {"offsets": [*map(dict, plan.pairs)]})
            await self._do(line, self._connect.alter_offsets(name, plan.pairs))

    async def restart_task(self, name: str, number: int) -> None:
        """Restarts one task of a connector."""
        line = curl("POST", f"{self._connect.http.url}/connectors/{name}/tasks/{number}/restart")
        await self._do(line, self._connect.restart_task(name, number))

    async def restart_failed(self, name: str) -> None:
        """Restarts a connector and its tasks where they have failed (KIP-745)."""
        line = curl("POST", f"{self._connect.http.url}/connectors/{name}/restart?includeTasks=true&onlyFailed=true")
        await self._do(line, self._connect.restart_failed(name))
