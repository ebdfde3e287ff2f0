"""Answers as JSON, and failures in ksqlDB's forms."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from confluent_kafka import KafkaException
from starlette.responses import Response

from clickstream_embedded.ksqldb.errors import BadRequest, KsqlError
from clickstream_ksql.errors import KsqlSyntaxError

log = logging.getLogger("ksqldb")


def json_answer(body: Any, status: int = 200) -> Response:
    """A body as JSON."""
    return Response(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), status, media_type="application/json")


def failure(error: Exception, text: str, done: list[Any]) -> Response:
    """The answer to a request that failed.

    Args:
        error: why.
        text: the statement.
        done: entities of the statements before it.
    """
    if isinstance(error, KsqlSyntaxError):
        body = {"@type": "statement_error", "error_code": 40001, "message": error.message,
                "statementText": error.statement or text, "entities": done}  # fmt: skip
        return json_answer(body, 400)
    if isinstance(error, BadRequest) or (isinstance(error, KsqlError) and error.code > 40002):
        return json_answer({"@type": "generic_error", "error_code": error.code, "message": error.message}, error.status)
    if isinstance(error, KsqlError):
        body = {"@type": "statement_error", "error_code": error.code, "message": error.message,
                "statementText": error.statement or text, "entities": done}  # fmt: skip
        return json_answer(body, error.status)
    log.error("the statement %r failed: %s", text, error, exc_info=not isinstance(error, KafkaException))
    message = f"Kafka did not do its part: {error}" if isinstance(error, KafkaException) else str(error)
    body = {
        "@type": "statement_error",
        "error_code": 50000,
        "message": message,
        "statementText": text,
        "entities": done,
    }
    return json_answer(body, 500)
