"""Small servers that speak Kafka, Kafka Connect, ksqlDB and Elasticsearch on loopback."""
