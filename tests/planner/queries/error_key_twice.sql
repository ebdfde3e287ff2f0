-- The projection contains a key column (`K`) more than once, aliased as: K and L.
CREATE STREAM S (K INT KEY, A INT, T STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM O AS SELECT K, K AS L, A FROM S;
