-- Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the TABLE's key column ID instead of [X]
CREATE TABLE T (ID INT PRIMARY KEY, X INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE O AS SELECT ID, X FROM T PARTITION BY X;
