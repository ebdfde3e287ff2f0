"""A ksqlDB server: statements in, continuous queries over Kafka topics, rows out."""
