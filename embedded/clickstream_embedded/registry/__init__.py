"""A Schema Registry with the REST API of Confluent's, over one compacted topic."""
