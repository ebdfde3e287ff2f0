"""Answers to administrative requests, of confluent-kafka's admin client."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException


def answered(future: Future[Any], limit: float) -> Any:
    """What a request gave.

    Args:
        future: of the admin client.
        limit: seconds; the `request_timeout` of the request, after which librdkafka itself gives up.

    Raises:
        KafkaException: the request was refused, or had no answer: the future's own TimeoutError says no word of Kafka.
    """
    try:
        return future.result(limit + 1)
    except TimeoutError:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from None
