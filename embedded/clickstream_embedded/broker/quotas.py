"""Client quotas (KIP-546): what a request must be, in Kafka's words. None can be set, as nobody is throttled here."""

from __future__ import annotations

import ipaddress
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError

_KEYS = ("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate")
_OF_ADDRESS = ("connection_creation_rate",)
_TYPES = ("user", "client-id", "ip")
_EXACT, _DEFAULT, _ANY = range(3)  # match types


def _refused(why: str, code: ErrorCode = ErrorCode.invalid_request) -> KafkaApiError:
    return KafkaApiError(code, why)


def _check_filter(request: Any) -> None:
    seen: set[str] = set()
    for each in request.components:
        if each.entity_type in seen:
            raise _refused(f"Entity type {each.entity_type} cannot appear more than once in the filter.")
        seen.add(each.entity_type)
        if each.match_type not in (_EXACT, _DEFAULT, _ANY):
            raise _refused(f"Unknown match type {each.match_type}")
        if each.entity_type not in _TYPES:
            raise _refused(f"Unsupported entity type {each.entity_type}", ErrorCode.unsupported_version)


async def describe(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeClientQuotas: there is none."""
    try:
        _check_filter(request)
    except KafkaApiError as error:
        return {"error_code": error.code, "error_message": error.message, "entries": None}
    return {"error_code": 0, "error_message": "", "entries": ()}


def _check_entity(entity: dict[str, str | None]) -> None:
    if not entity:
        raise _refused("Invalid empty client quota entity")
    for kind, name in entity.items():
        if kind not in _TYPES:
            raise _refused(f"Unhandled client quota entity type: {kind}")
        if name == "":
            raise _refused(f"Empty {kind} not supported")
    if "ip" in entity and len(entity) > 1:
        raise _refused("Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId")


def _check_change(entity: dict[str, str | None], change: Any) -> None:
    if change.key not in (_OF_ADDRESS if "ip" in entity else _KEYS):
        raise _refused(f"Invalid configuration key {change.key}")
    address = entity.get("ip")
    if address is not None and address != "localhost":
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise _refused(f"{address} is not a valid IP or resolvable host.") from None
    if change.remove:
        return
    if change.value <= 0:
        raise _refused(f"Quota {change.key} must be greater than 0")
    if change.key != "request_percentage" and change.value != int(change.value):
        raise _refused(f"{change.key} cannot be a fractional value.")
    raise _refused("This broker does not enforce quotas.")  # one that is taken and ignored would be a lie


async def alter(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterClientQuotas: what is wrong is told as by Kafka, what is right is refused, what is to be removed is not there."""
    entries: list[dict[str, Any]] = []
    for each in request.entries:
        entity = {part.entity_type: part.entity_name for part in each.entity}
        answer: dict[str, Any] = {"error_code": 0, "error_message": None, "entity": [
            {"entity_type": kind, "entity_name": name} for kind, name in entity.items()
        ]}  # fmt: skip
        try:
            _check_entity(entity)
            for change in each.ops:
                _check_change(entity, change)
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message}
        entries.append(answer)
    return {"entries": entries}
