-- must include the grouping expression T in its projection (eg, SELECT T...).
CREATE STREAM S (K INT KEY, A INT, T STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE O AS SELECT A, COUNT(*) FROM S GROUP BY A, T;
