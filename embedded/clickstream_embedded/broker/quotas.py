"""Handlers of client quotas (KIP-546): what a request must be, in Kafka's words. `client_quotas` enforces them."""

from __future__ import annotations

import ipaddress
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError

_KEYS = ("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate")
_FRACTIONAL = ("request_percentage", "controller_mutation_rate")
_OF_ADDRESS = ("connection_creation_rate",)
_TYPES = ("user", "client-id", "ip")
_EXACT, _DEFAULT, _ANY = range(3)  # match types


def _refused(why: str, code: ErrorCode = ErrorCode.invalid_request) -> KafkaApiError:
    return KafkaApiError(code, why)


def _check_filter(request: Any) -> None:
    seen: set[str] = set()
    kinds = {each.entity_type for each in request.components}
    if "ip" in kinds and kinds & {"user", "client-id"}:
        raise _refused(
            "Invalid entity filter component combination. IP filter component should not be used with user or clientId "
            "filter component."
        )
    for each in request.components:
        if each.entity_type in seen:
            raise _refused(f"Entity type {each.entity_type} cannot appear more than once in the filter.")
        seen.add(each.entity_type)
        if not each.entity_type:
            raise _refused("Invalid empty entity type.")
        if each.match_type not in (_EXACT, _DEFAULT, _ANY):
            raise _refused(f"Unknown match type {each.match_type}")
        if each.match_type == _EXACT and each.match is None:
            raise _refused("Request specified MATCH_TYPE_EXACT, but set match string to null.")
        if each.match_type != _EXACT and each.match is not None:
            name = "DEFAULT" if each.match_type == _DEFAULT else "SPECIFIED"
            raise _refused(f"Request specified MATCH_TYPE_{name}, but also specified a match string.")
        if each.entity_type not in _TYPES:
            raise _refused(f"Unsupported entity type {each.entity_type}", ErrorCode.unsupported_version)


def _fits(entity: dict[str, str | None], request: Any) -> bool:
    if request.strict and len(entity) != len(request.components):
        return False
    for each in request.components:
        wanted = None if each.match_type == _DEFAULT else each.match
        if each.entity_type not in entity or (each.match_type != _ANY and entity[each.entity_type] != wanted):
            return False
    return True


async def describe(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeClientQuotas: those whose entity fits all components."""
    try:
        _check_filter(request)
    except KafkaApiError as error:
        return {"error_code": error.code, "error_message": error.message, "entries": None}
    entries = [
        {"entity": [{"entity_type": kind, "entity_name": name} for kind, name in sorted(entity)],
         "values": [{"key": key, "value": value} for key, value in sorted(values.items())]}
        for entity, values in broker.quotas.store if _fits(dict(entity), request)
    ]  # fmt: skip
    return {"error_code": 0, "error_message": "", "entries": entries}


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
    if change.key in _FRACTIONAL:
        return
    kind, most = ("an INT", 2**31 - 1) if change.key in _OF_ADDRESS else ("a LONG", 2**63 - 1)
    if change.value > most:
        raise _refused(f"Proposed value for {change.key} is too large for {kind}.")
    if change.value != int(change.value):
        raise _refused(f"{change.key} cannot be a fractional value.")


async def alter(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterClientQuotas: an entity's changes are made all or none; one that stands twice is not changed at all."""
    entries: list[dict[str, Any]] = []
    given = [{part.entity_type: part.entity_name for part in each.entity} for each in request.entries]
    by_entity = {frozenset(entity.items()): (entity, each) for entity, each in zip(given, request.entries, strict=True)}
    for entity, each in by_entity.values():
        answer: dict[str, Any] = {"error_code": 0, "error_message": None, "entity": [
            {"entity_type": kind, "entity_name": name} for kind, name in entity.items()
        ]}  # fmt: skip
        try:
            if given.count(entity) > 1 or len({change.key for change in each.ops}) < len(each.ops):
                named = ", ".join(f"{kind}={name}" for kind, name in entity.items())
                raise _refused(f"Ignoring duplicate entity ClientQuotaEntity(entries={{{named}}})")
            _check_entity(entity)
            for change in each.ops:
                _check_change(entity, change)
            if not request.validate_only:
                values = {change.key: None if change.remove else change.value for change in each.ops}
                broker.quotas.store.change(frozenset(entity.items()), values)
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message}
        entries.append(answer)
    return {"entries": entries}
