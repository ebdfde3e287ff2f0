"""Single message transforms and predicates of `org.apache.kafka.connect.transforms`, for sources and sinks."""
