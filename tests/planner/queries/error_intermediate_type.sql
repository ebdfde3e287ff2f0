-- One of the functions used in the statement has an intermediate type that the value format can not handle.
CREATE STREAM D (K INT KEY, A INT) WITH (KAFKA_TOPIC='d', VALUE_FORMAT='DELIMITED', PARTITIONS=1);
CREATE TABLE O AS SELECT K, EARLIEST_BY_OFFSET(A) AS M FROM D GROUP BY K;
