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
    if each.mechanism not in _MECHANISMS:
        raise KafkaApiError(ErrorCode.unsupported_sasl_mechanism, "Unknown SCRAM mechanism")


def _check_new(each: Any) -> None:
    _check(each)
    if each.iterations < _FEWEST:
        raise KafkaApiError(ErrorCode.unacceptable_credential, "Too few iterations")
    if each.iterations > _MOST:
        raise KafkaApiError(ErrorCode.unacceptable_credential, "Too many iterations")
    if not each.salted_password:  # Kafka's key of it throws
        raise KafkaApiError(ErrorCode.unknown_server_error)


async def alter(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterUserScramCredentials: a user is altered once in a request, or not at all."""
    times = Counter(each.name for each in (*request.deletions, *request.upsertions))

    def altered(each: Any, *, is_new: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {"user": each.name, "error_code": ErrorCode.none, "error_message": None}
        try:
            if not each.name:
                raise KafkaApiError(ErrorCode.unacceptable_credential, "Username must not be empty")
            if (
                not is_new
                and each.mechanism in _MECHANISMS
                and each.mechanism not in broker.scram.iterations(each.name)
            ):
                why = "Attempt to delete a user credential that does not exist"
                raise KafkaApiError(ErrorCode.resource_not_found, why)
            if times[each.name] > 1 and request.upsertions:
                why = "A user credential cannot be altered twice in the same request"
                raise KafkaApiError(ErrorCode.duplicate_resource, why)
            (_check_new if is_new else _check)(each)
            if is_new:
                broker.scram.put(each.name, each.mechanism, each.iterations, each.salt, each.salted_password)
            else:
                broker.scram.remove(each.name, each.mechanism)
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message or None}
        return answer

    results: dict[str, dict[str, Any]] = {}
    for each in (*request.deletions, *request.upsertions):
        found = altered(each, is_new=each in request.upsertions)
        before = results.get(each.name)
        results[each.name] = found if before is None or before["error_code"] is ErrorCode.none else before
    return {"results": [*results.values()]}
