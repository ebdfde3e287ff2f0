"""aiokafka: a group of two that shares partitions, idempotent production, a transaction with offsets."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

address = sys.argv[1]


def member(name: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        "aio", bootstrap_servers=address, group_id="aio-group", client_id=name, auto_offset_reset="earliest",
        enable_auto_commit=False, session_timeout_ms=6_000, heartbeat_interval_ms=500,
    )  # fmt: skip


async def main() -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("aio", 4, 1)])
    await admin.close()

    async with AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True) as producer:
        for number in range(200):
            await producer.send("aio", f"v{number}".encode(), partition=number % 4)
        await producer.flush()

    first, second = member("one"), member("two")
    await asyncio.gather(first.start(), second.start())
    seen = []

    async def read(consumer: AIOKafkaConsumer) -> None:
        while len(seen) < 200:
            batches = await consumer.getmany(timeout_ms=500)
            seen.extend(record.value for records in batches.values() for record in records)

    await asyncio.wait_for(asyncio.gather(read(first), read(second)), 60)
    assert sorted(set(seen)) == sorted({f"v{number}".encode() for number in range(200)})
    shared = [first.assignment(), second.assignment()]
    assert not shared[0] & shared[1]
    assert len(shared[0] | shared[1]) == 4
    await asyncio.gather(first.stop(), second.stop())

    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id="aio-tx")
    async with producer, producer.transaction():
        await producer.send("aio", b"in a transaction", partition=0)
        await producer.send_offsets_to_transaction({TopicPartition("aio", 0): 51}, "aio-group")
    consumer = member("three")
    await consumer.start()
    assert await consumer.committed(TopicPartition("aio", 0)) == 51
    await consumer.stop()


asyncio.run(main())
