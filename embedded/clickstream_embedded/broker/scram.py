"""SCRAM credentials (KIP-554): kept and described. Here is no listener that asks for one, as in a broker with PLAINTEXT alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError

_MECHANISMS = (1, 2)  # SCRAM-SHA-256, SCRAM-SHA-512
_FEWEST, _MOST = 4096, 16384  # iterations


def _described(broker: Broker, name: str, times: int) -> dict[str, Any]:
    found = broker.scram.iterations(name)
    answer = {"user": name, "error_code": ErrorCode.none, "error_message": "", "credential_infos": [
        {"mechanism": kind, "iterations": number} for kind, number in found.items()
    ]}  # fmt: skip
    if times > 1:
        why = f"Cannot describe SCRAM credentials for the same user twice in a single request: {name}"
        return {**answer, "error_code": ErrorCode.duplicate_resource, "error_message": why, "credential_infos": ()}
    if not found:
        why = f"Attempt to describe a user credential that does not exist: {name}"
        return {**answer, "error_code": ErrorCode.resource_not_found, "error_message": why}
    return answer


async def describe(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeUserScramCredentials: of all users where none is named."""
    names = Counter([each.name for each in request.users or ()] or broker.scram.users())
    return {
        "error_code": 0, "error_message": "",
        "results": [_described(broker, name, times) for name, times in names.items()],
    }  # fmt: skip


def _check(each: Any) -> None:
    """Raises KafkaApiError for a user or a mechanism that there cannot be."""
    if not each.name:
        raise KafkaApiError(ErrorCode.unacceptable_credential, "Username must not be empty")
    if each.mechanism not in _MECHANISMS:
        raise KafkaApiError(ErrorCode.unsupported_sasl_mechanism, "Unknown SCRAM mechanism")


def _check_gone(broker: Broker, each: Any) -> None:
    _check(each)
    if each.mechanism not in broker.scram.iterations(each.name):
        why = "Attempt to delete a user credential that does not exist"
        raise KafkaApiError(ErrorCode.resource_not_found, why)


def _check_new(each: Any) -> None:
    _check(each)
    if each.iterations < _FEWEST:
        raise KafkaApiError(ErrorCode.unacceptable_credential, "Too few iterations")
    if each.iterations > _MOST:
        raise KafkaApiError(ErrorCode.unacceptable_credential, "Too many iterations")


async def alter(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterUserScramCredentials: a user is altered once in a request, or not at all; the first that is wrong is told."""
    deletions, upsertions = dict[str, Any](), dict[str, Any]()
    refused: dict[str, KafkaApiError] = {}
    for each in (*request.deletions, *request.upsertions):
        is_new = hasattr(each, "iterations")
        if each.name in refused:
            continue
        try:
            if each.name in deletions or each.name in upsertions:
                deletions.pop(each.name, None)
                upsertions.pop(each.name, None)
                why = "A user credential cannot be altered twice in the same request"
                raise KafkaApiError(ErrorCode.duplicate_resource, why)
            if is_new:
                _check_new(each)
            else:
                _check_gone(broker, each)
            (upsertions if is_new else deletions)[each.name] = each
        except KafkaApiError as error:
            refused[each.name] = error
    for each in deletions.values():
        broker.scram.remove(each.name, each.mechanism)
    for each in upsertions.values():
        if each.salted_password:
            broker.scram.put(each.name, each.mechanism, each.iterations, each.salt, each.salted_password)
        else:  # Kafka's key of it throws
            refused[each.name] = KafkaApiError(ErrorCode.unknown_server_error)
    names = dict.fromkeys(each.name for each in (*request.deletions, *request.upsertions))
    found = ((name, refused.get(name) or KafkaApiError(ErrorCode.none)) for name in names)
    return {
        "results": [{"user": name, "error_code": it.code, "error_message": it.message or None} for name, it in found]
    }
