"""The broker's refusals by the names of Java's client."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaError, KafkaException

from clickstream_embedded.connect.java_errors import JavaError

kafka_log = logging.getLogger("connect.kafka")
kafka_log.setLevel(logging.WARNING)
LARGEST = 1_048_576  # bytes of a record: max.request.size of Java's producer
_PACKAGE = "org.apache.kafka.common.errors."
_CLASSES = {
    KafkaError.INVALID_REPLICATION_FACTOR: "InvalidReplicationFactorException",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "TopicAuthorizationException",
    KafkaError.TOPIC_ALREADY_EXISTS: "TopicExistsException", KafkaError.INVALID_PARTITIONS: "InvalidPartitionsException",
    KafkaError.INVALID_CONFIG: "InvalidConfigurationException", KafkaError.POLICY_VIOLATION: "PolicyViolationException",
    KafkaError.TOPIC_EXCEPTION: "InvalidTopicException", KafkaError.MSG_SIZE_TOO_LARGE: "RecordTooLargeException",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "UnknownTopicOrPartitionException",
}  # fmt: skip


def java_error(error: KafkaException | KafkaError) -> JavaError:
    """The exception that Java's client throws for it; a server that does not answer in time is a TimeoutException."""
    found = error.args[0] if isinstance(error, KafkaException) else error
    return JavaError(found.str(), _PACKAGE + _CLASSES.get(found.code(), "TimeoutException"))
