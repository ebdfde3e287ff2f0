"""A topic's compression.type: batches come out in its codec, whatever they came in with."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from clickstream_embedded.broker.batches import HEADER_SIZE, check_crc, iterate, marker
from clickstream_embedded.broker.compression import CODECS, Unreadable, codec_of, packed, recompressed, unpacked
from clickstream_embedded.broker.records import timestamps
from tests.processes import Server
from tests.servers.kafka_batches import batch


@pytest.mark.parametrize(("first", "then"), list(itertools.product(CODECS, CODECS)))
def test_any_codec_becomes_any_other(first: str, then: str) -> None:
    header, view = next(iterate(batch(1000, 2000, 3000)))
    records = bytes(view[HEADER_SIZE:])
    header, view = recompressed(header, view, first, 3)
    header, view = recompressed(header, view, then, 3)
    check_crc(view, header)
    assert codec_of(header) == then
    assert unpacked(bytes(view[HEADER_SIZE:]), then) == records


def test_long_records_and_markers() -> None:
    text = bytes(range(256)) * 1000  # more than one block of a snappy stream
    for codec in CODECS:
        assert unpacked(packed(text, codec, 3), codec) == text
    header, view = marker(1, 0, 5, committed=True)
    assert recompressed(header, view, "gzip", 6)[0] == header


@pytest.mark.parametrize("codec", CODECS)
def test_the_time_of_each_record_is_known_in_every_codec(codec: str) -> None:
    header, view = recompressed(*next(iterate(batch(1000, 2000, 3000))), codec, 3)
    assert [*timestamps(header, bytes(view))] == [(0, 1000), (1, 2000), (2, 3000)]


@pytest.mark.parametrize("codec", CODECS[1:])
def test_what_is_not_packed_so_is_told(codec: str) -> None:
    with pytest.raises(Unreadable):
        unpacked(b"nothing of the kind", codec)


def test_a_client_reads_what_the_topic_packed(tmp_path: Path) -> None:
    with Server("broker", tmp_path / "broker") as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        for codec in CODECS:
            admin.create_topics([NewTopic(f"in-{codec}", 1, 1, config={"compression.type": codec})])[
                f"in-{codec}"
            ].result(10)
        for mine in ("none", "gzip", "snappy", "lz4", "zstd"):
            producer = Producer({"bootstrap.servers": broker.address, "compression.type": mine})
            for codec in CODECS:
                producer.produce(f"in-{codec}", (mine * 100).encode())
            assert producer.flush(10) == 0
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "all", "auto.offset.reset": "earliest"})
        consumer.subscribe([f"in-{codec}" for codec in CODECS])
        found = [message.value() or b"" for message in consumer.consume(25, 20) if message.error() is None]
        consumer.close()
    assert sorted(set(found)) == sorted((mine * 100).encode() for mine in ("none", "gzip", "snappy", "lz4", "zstd"))
    assert len(found) == 25
