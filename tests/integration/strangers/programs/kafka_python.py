"""kafka-python: topics, configs, compression, headers, groups, seeks by time, offsets, transactions."""

import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic

address = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=address)
admin.create_topics([NewTopic("kp", num_partitions=2, replication_factor=1, topic_configs={"retention.ms": "600000"})])
assert "kp" in admin.list_topics()
admin.create_partitions({"kp": NewPartitions(total_count=3)})
described = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "kp")])
assert "600000" in str(described), described

for codec in (None, "gzip", "lz4", "zstd", "snappy"):
    producer = KafkaProducer(bootstrap_servers=address, compression_type=codec, acks="all")
    sent = [
        producer.send(
            "kp",
            key=b"k",
            value=f"{codec} {n}".encode(),
            partition=0,
            headers=[("h", b"\x00v")],
            timestamp_ms=1_000 + n,
        )
        for n in range(20)
    ]
    producer.flush()
    assert all(each.get(10).partition == 0 for each in sent)
    producer.close()

consumer = KafkaConsumer(
    "kp", bootstrap_servers=address, group_id="kp-group", auto_offset_reset="earliest", enable_auto_commit=False,
    consumer_timeout_ms=8_000,
)  # fmt: skip
seen = []
for record in consumer:
    seen.append(record)
    if len(seen) == 100:
        break
assert [record.value for record in seen[:2]] == [b"None 0", b"None 1"]
assert list(seen[-1].headers) == [("h", b"\x00v")]
consumer.commit()
partition = TopicPartition("kp", 0)
assert consumer.committed(partition) == 100
assert consumer.end_offsets([partition]) == {partition: 100}
assert consumer.beginning_offsets([partition]) == {partition: 0}
assert consumer.offsets_for_times({partition: 1_005})[partition].offset == 5
consumer.close()
assert "kp-group" in str(admin.list_groups() if hasattr(admin, "list_groups") else admin.list_consumer_groups())

producer = KafkaProducer(bootstrap_servers=address, transactional_id="kp-tx")
producer.init_transactions()
producer.begin_transaction()
producer.send("kp", value=b"not seen", partition=1)
producer.abort_transaction()
producer.begin_transaction()
producer.send("kp", value=b"seen", partition=1)
producer.commit_transaction()
producer.close()
committed = KafkaConsumer(
    bootstrap_servers=address, isolation_level="read_committed", auto_offset_reset="earliest", consumer_timeout_ms=8_000
)
committed.assign([TopicPartition("kp", 1)])
assert next(committed).value == b"seen"
committed.close()
admin.delete_topics(["kp"])
assert "kp" not in admin.list_topics()
admin.close()
