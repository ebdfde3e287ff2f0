"""A Kafka Connect worker: REST API, data generators, Elasticsearch sinks."""
