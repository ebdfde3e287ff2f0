"""The Elasticsearch sink: batches of records as bulk requests, a few of them at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import orjson

from clickstream_embedded.connect.elasticsearch_sink.bulk_buffer import Arrival, BulkBuffer
from clickstream_embedded.connect.elasticsearch_sink.client import IndexClient
from clickstream_embedded.connect.elasticsearch_sink.documents import Action, action_of
from clickstream_embedded.connect.elasticsearch_sink.mapping import mapping_of
from clickstream_embedded.connect.elasticsearch_sink.settings import SinkSettings
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.sink_record import SinkRecord
from clickstream_embedded.connect.tasks.tolerance import Tolerance

log = logging.getLogger("connect")
_SEVERAL_POLLS = 0.5  # seconds of `linger.ms`: a poll takes as long at most
_LAST_WORDS = 5.0  # seconds: task.shutdown.graceful.timeout.ms
_CLASS = "org.apache.kafka.connect.sink.SinkTask"
_MALFORMED = ("mapper_parsing_exception", "illegal_argument_exception", "strict_dynamic_mapping_exception",
              "document_parsing_exception", "action_request_validation_exception")  # fmt: skip


class IndexWriter:
    """Writes records into indices.

    Args:
        settings: the connector's.
        tolerance: takes the records that the index refuses and the configuration lets pass.
    """

    def __init__(self, settings: SinkSettings, tolerance: Tolerance) -> None:
        self._settings, self._tolerance = settings, tolerance
        self._client = IndexClient(settings)
        self._type: str | None = None
        self._has_version = False
        self._made: set[str] = set()
        self._mapped: set[str] = set()
        self._buffer = BulkBuffer(settings, self._write)

    @property
    def gathers(self) -> int:
        """A whole request where `linger.ms` lets several polls come together."""
        return self._settings.batch if self._settings.linger >= _SEVERAL_POLLS else 0

    async def start(self) -> None:
        """Nothing is asked of the index yet: it may still be starting."""

    async def close(self) -> None:
        """Ends; what is on its way is waited for where the index answers."""
        seconds = 0.0 if self._client.is_in_trouble else min(self._settings.flush_timeout, _LAST_WORDS)
        if not await self._buffer.close(seconds):
            log.warning("Failed to process outstanding requests in time while closing the ElasticsearchClient.")
        await self._client.close()

    async def put(self, records: Sequence[SinkRecord]) -> asyncio.Future[None]:
        """Gives what is done once the index has acknowledged all. Raises JavaError."""
        await self._learn_version()
        actions = [action for record in records if (action := self._action(record)) is not None]
        await self._create_indices(actions)
        await self._create_mappings(actions)
        arrival = Arrival()
        for action in actions:
            await self._buffer.add(action, arrival)
        arrival.one_less()
        return arrival.done

    async def _learn_version(self) -> None:
        if not self._has_version:
            major = await self._client.major_version()
            self._type = self._settings.type_name if major < 7 else None
            self._has_version = True

    def _action(self, record: SinkRecord) -> Action | None:
        try:
            return action_of(record, self._settings)
        except JavaError as error:
            if self._settings.drop_invalid:
                log.error("Can't convert record from topic %s, partition %d, offset %d. Reason: %s",
                          record.message.topic(), record.message.partition(), record.message.offset(), error.line)  # fmt: skip
                return None
            raise

    async def _create_indices(self, actions: Sequence[Action]) -> None:
        """Indices that the first document would make by itself, made before where the settings ask for it."""
        wanted = {action.index for action in actions} - self._made
        for index in sorted(wanted) if self._settings.creates_indices else ():
            there = await self._client.ask("HEAD", f"/{index}")
            if there.status_code == 404:
                made = await self._client.ask("PUT", f"/{index}")
                if not made.is_success and b"already_exists_exception" not in made.content:
                    raise JavaError(f"Could not create index '{index}': {made.text[:500]}")
        self._made |= wanted

    async def _create_mappings(self, actions: Sequence[Action]) -> None:
        """Mappings by the schemas of records, once for each index that has none yet."""
        for action in actions:
            record = action.record.record
            if action.index in self._mapped or record.value is None or self._settings.ignores_schema(record.topic):
                continue
            properties = mapping_of(record.value_schema)
            path = f"/{action.index}/_mapping" + (f"/{self._type}" if self._type else "")
            answer = await self._client.ask("PUT", path, orjson.dumps(properties))
            if not answer.is_success:
                raise JavaError(f"Cannot create mapping {orjson.dumps(properties).decode()} -- {answer.text[:500]}")
            self._mapped.add(action.index)

    async def _write(self, actions: Sequence[Action]) -> None:
        """One bulk request, sent again while the index refuses documents that it may take later."""
        lines = [line for action in actions for line in action.lines(self._type)]
        attempt = 0
        while True:
            results = await self._client.bulk(lines)
            refused = [
                (action, result["error"])
                for action, result in zip(actions, results, strict=False)
                if result.get("error")
            ]
            failed = self._sorted_out(refused)
            if failed is None:
                return
            if attempt >= self._settings.retries:
                raise failed
            await self._client.pause(attempt, failed)
            attempt += 1

    def _sorted_out(self, refused: Sequence[tuple[Action, dict[str, object]]]) -> JavaError | None:
        """Reports what is malformed; the failure where something else was refused. Raises JavaError to end the task."""
        for action, error in refused:
            kind = str(error.get("type"))
            if kind == "version_conflict_engine_exception":  # a later record has been there: nothing to do
                log.debug("Ignoring version conflict of %s in %s", action.id, action.index)
                continue
            failure = JavaError(f"Bulk request failed: [{orjson.dumps(error).decode()}]")
            if kind not in _MALFORMED:
                return failure
            if self._settings.on_malformed == "fail":
                raise failure
            if self._settings.on_malformed == "warn":
                log.warning("Encountered an illegal document error. Ignoring and will not index record %s of %s. Error "
                            "was %s", action.id, action.index, error)  # fmt: skip
            self._tolerance.errant(action.record.message, _CLASS, failure)
        return None
