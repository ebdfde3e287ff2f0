-- Refusing to delete topic. Found other data sources (A, C) using topic t
CREATE STREAM a (id INT KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);
CREATE STREAM b (id INT KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);
CREATE STREAM c (id INT KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);
DROP STREAM b DELETE TOPIC;
