"""A Kafka broker of one node: the wire protocol over segment files."""
