"""Messages taken by the batch give what each of them gives by itself, and so do results on their way out."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream_embedded.ksqldb.errors import InvalidTimestamp, SerializationError
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning.sources import create_source
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.columns import Columns
from clickstream_ksql.parser import parse

SOURCES = [
    "CREATE STREAM S (U INT, T STRING) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE TABLE T (K INT PRIMARY KEY, U INT, T STRING) WITH (kafka_topic='s', value_format='JSON');",
    "CREATE STREAM S (K STRING KEY, J INT KEY, U INT) WITH (kafka_topic='s', value_format='JSON', key_format='JSON');",
    "CREATE STREAM S (K INT KEY, U INT) WITH (kafka_topic='s', value_format='JSON', wrap_single_value=false);",
    "CREATE STREAM S (K DOUBLE KEY, U INT, T STRING) WITH (kafka_topic='s', value_format='DELIMITED');",
    "CREATE STREAM S (K ARRAY<INT> KEY, U DECIMAL(4, 2)) WITH (kafka_topic='s', value_format='JSON', key_format='JSON');",
]
# among what is right, all that could make two values pass as one, or one as two
VALUES = [
    b'{"U":1,"T":"a"}', b'{"u":2,"t":"b"}', b'{"U":"3","T":null}', b'{"U":4}', b'{"U":5,"T":"x","Z":{"a":[1]}}',
    b'{\n"U":6,\n"T":"a"\n}', b'{"U":7,"T":"a"}\n', b' {"U":8,"T":"a"}', b'{"U":1,"T":"a"}{"U":2,"T":"b"}',
    b'{"U":1,"T":"a"}\n{"U":2,"T":"b"}', b'{"U":1,', b'"T":"a"}{"U":2,"T":"b"}', b'{"U":1,"T":{}', b'{"U":1,"Z":"}',
    b'{"}', b"{}", b"{}{}", b"", b"null", b"7", b"\xff", b'"text"', b"[]", b'{"U":99999999999,"T":"a"}', b"1,a", b"1",
    b'{"U":"no","T":"a"}', b'{"U":1,"T":"\xff"}', b'{"U":1,"T":"\\q"}', b'{"U":1,"T":"a","Z":"\xff"}', b'{"U":1,"T":"\xc3\xa4"}', b'{"U":1.5,"T":2}', None,
]  # fmt: skip
KEYS = [None, b"", b"\x00\x00\x00\x01", b"\x00\x00\x00\x02", b'{"K":"a","J":1}', b'{"K":null,"J":2}', b"[1, 2]", b"null",
        b"\x00" * 8, b"no"]  # fmt: skip


def codec(statement: str, *, strict_times: bool = False) -> Codec:
    metastore = MetaStore()
    source: Any = parse(statement)[0].statement
    made = create_source(source, metastore, {})
    assert isinstance(made, DataSource)
    return Codec(made, strict_times=strict_times)


@pytest.mark.parametrize("statement", SOURCES)
@settings(deadline=None, max_examples=200)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES), st.integers(0, 9)), max_size=8), max_size=3
    ),
    wanted=st.sampled_from([None, frozenset[str](), frozenset("U"), frozenset("T"), frozenset("UT")]),
)
def test_messages_by_the_batch_and_one_by_one(
    statement: str, batches: list[list[Any]], wanted: frozenset[str] | None
) -> None:
    """A text that is not wanted may be null."""
    whole, single = codec(statement), codec(statement).reader()
    names = [column.name for column in whole.source.schema.values]
    free = {i for i, name in enumerate(names) if name == "T" and wanted is not None and name not in wanted}

    def shown(record: Any) -> Any:
        row = record[1] and tuple(None if place in free else value for place, value in enumerate(record[1]))
        return (record[0], row, *record[2:])

    for batch in batches:
        messages = [
            Message(topic="s", partition=1, offset=offset, key=key, value=value, timestamp=(1, time))
            for offset, (key, value, time) in enumerate(batch)
        ]
        records: list[Any] = []
        refused: list[str] = []
        for offset, (key, value, time) in enumerate(batch):
            try:
                records.append(single(key, value, time, 1, offset))
            except SerializationError:
                refused.append(f"s-1@{offset}")
        found = whole.records(Columns.of(messages), wanted)
        assert [*map(shown, found.records)] == [*map(shown, records)]
        assert [error.split(":")[0] for error in found.errors] == refused


def test_objects_of_one_shape_are_taken_at_once() -> None:
    """What the property above cannot tell: that a batch without a fault does not go the slow way."""
    made = codec(SOURCES[0])
    message = Message(topic="s", partition=0, offset=4, key=None, value=b'{"U":1,"T":"}\\n{"}', timestamp=(1, 5))
    made._reader = None  # type: ignore[assignment] - the way one by one  # pyright: ignore
    assert made.records(Columns.of([message] * 3)).records == [(None, (1, "}\n{", 5, 0, 4), 5, None, None)] * 3
    found = made.records(Columns.of([message] * 3), frozenset("U"))
    assert found.records == [(None, (1, None, 5, 0, 4), 5, None, None)] * 3  # the text is not made at all


def test_a_format_that_reads_whole_rows_is_made_once() -> None:
    made = codec(SOURCES[4])
    assert made._values[frozenset("U")] is made._value  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("value", [b'{"U":1,"T":"\xff"}', b'{"U":1,"T":"a","Z":"\xff"}'])
@pytest.mark.parametrize("wanted", [None, frozenset("U")])
def test_a_record_with_a_text_that_is_none_is_refused_whoever_asks_for_it(value: bytes, wanted: Any) -> None:
    """The whole object is read, fields too that no column has."""
    message = Message(topic="s", partition=0, offset=0, key=None, value=value, timestamp=(1, 5))
    assert len(codec(SOURCES[0]).records(Columns.of([message]), wanted).errors) == 1


WINDOWED = "CREATE STREAM W (K INT KEY, U INT) WITH (kafka_topic='s', value_format='JSON', window_type='SESSION');"


@pytest.mark.parametrize("statement", [SOURCES[1], WINDOWED])
@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 5), st.integers(-2, 9), st.booleans())
    )
)
def test_results_by_the_batch_and_one_by_one(statement: str, rows: list[Any]) -> None:
    made = codec(statement)
    width = len(made.source.schema.values)
    batch: Any = [
        (None if key is None else (key,), None if value is None else (value, "x")[:width], time,
         (0, 10) if windowed and made.source.window else None, None)
        for key, value, time, windowed in rows
    ]  # fmt: skip
    messages = made.messages(batch)
    assert len(messages) == len(batch)
    assert [*messages] == [
        (made.encode_key(key, window), made.encode_value(row), max(time, 0)) for key, row, time, window, _ in batch
    ]


@pytest.mark.parametrize(("column", "value"), [
    ("T STRING", b'{"T":"!!"}'), ("T STRING", b'{"T":null}'), ("T BIGINT", b'{"T":-1}'), ("T BIGINT", b"{}"),
])  # fmt: skip
def test_a_time_that_is_none_is_skipped_or_ends_the_query(column: str, value: bytes) -> None:
    """Which of them, ksql.timestamp.throw.on.invalid says."""
    form = ", timestamp_format='yyyy'" if "STRING" in column else ""
    statement = f"CREATE STREAM S ({column}) WITH (kafka_topic='s', value_format='JSON', timestamp='T'{form});"
    messages = [Message(topic="s", partition=0, offset=0, key=None, value=value, timestamp=(1, 5))]
    assert len(codec(statement).records(Columns.of(messages)).errors) == 1
    with pytest.raises(InvalidTimestamp, match="Fatal user code error in TimestampExtractor callback for record"):
        codec(statement, strict_times=True).records(Columns.of(messages))
    broken = [Message(topic="s", partition=0, offset=0, key=None, value=b"{", timestamp=(1, 5))]
    assert len(codec(statement, strict_times=True).records(Columns.of(broken)).errors) == 1
