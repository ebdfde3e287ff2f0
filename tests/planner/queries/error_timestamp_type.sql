-- Timestamp column, `A`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified
CREATE STREAM O (K INT KEY, A INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', PARTITIONS=1, TIMESTAMP='A');
