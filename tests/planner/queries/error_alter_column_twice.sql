-- Cannot add column `N` to schema. A column with the same name already exists.
CREATE STREAM S (ID INT KEY, A INT, B STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
ALTER STREAM S ADD COLUMN N INT, ADD COLUMN N STRING;
