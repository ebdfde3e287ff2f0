-- The query used to build `O` must include the key column K in its projection (eg, SELECT K...).
CREATE STREAM S (K INT KEY, A INT, T STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM O AS SELECT A FROM S;
