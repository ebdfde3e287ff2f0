"""The rows of tables with session windows, read from their topic: ksqlDB does not scan such tables by a pull query.

A real ksqlDB answers `SELECT … FROM T;` with "Table scan unsupported on session tables". The table's topic holds each change:
the key with its window, and a tombstone where a session was merged into a longer one or left the table again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from clickstream_pipeline.model import Record

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import KafkaClient

Window = tuple[str, int, int]  # key, start and end in ms


class SessionRows:
    """The sessions of one topic as far as it was read. `newest` is the time of the last record (ms), 0 for none."""

    def __init__(self) -> None:
        self.rows: dict[Window, dict[str, Any]] = {}
        self.newest = 0

    def take(self, records: Iterable[Record]) -> None:
        """Applies changes in the order of their offsets."""
        for record in records:
            self.newest = max(self.newest, record.timestamp)
            if record.window is None or record.window[1] is None:
                continue
            place = (record.key, record.window[0], record.window[1])
            if isinstance(record.value, dict):
                self.rows[place] = record.value
            else:
                self.rows.pop(place, None)

    def forget_before(self, moment: int) -> None:
        """Lets go of sessions that ended before a time in ms."""
        self.rows = {place: value for place, value in self.rows.items() if place[2] >= moment}


async def read(kafka: KafkaClient, topic: str, columns: Sequence[str]) -> list[list[Any]]:
    """Rows of all sessions of a table, by its topic.

    Args:
        kafka: the cluster.
        topic: the table's topic.
        columns: names of its values, WINDOWSTART and WINDOWEND (ms).

    Raises:
        Refused: there is no such topic.
        Unreachable: Kafka does not answer, or the topic could not be read to its end in time.
    """
    found = SessionRows()
    found.take(await kafka.scan(topic, "beginning"))
    return [
        [{**value, "WINDOWSTART": start, "WINDOWEND": end}.get(name) for name in columns]
        for (_, start, end), value in found.rows.items()
    ]
