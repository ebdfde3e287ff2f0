"""AddRaftVoter and RemoveRaftVoter (KIP-853), answered as by a quorum whose voters are set once and for all."""

from __future__ import annotations

from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.errors import KafkaApiError

_LISTENER = "CONTROLLER"


def _check_cluster(broker: Broker, request: Any) -> None:
    if request.cluster_id is not None and request.cluster_id != broker.cluster_id:
        why = f'The given id "{request.cluster_id}" doesn\'t match the cluster id "{broker.cluster_id}"'
        raise KafkaApiError(ErrorCode.inconsistent_cluster_id, why)


def _check_voter(request: Any, what: str) -> None:
    if request.voter_id < 0 or not request.voter_directory_id:
        raise KafkaApiError(ErrorCode.invalid_request, f"{what} voter request didn't include a valid voter")


def _refused(what: str) -> KafkaApiError:
    why = f"Cluster doesn't support {what} voter because the kraft.version feature is 0"
    return KafkaApiError(ErrorCode.unsupported_version, why)


async def add(broker: Broker, request: Any) -> dict[str, Any]:
    """AddRaftVoter: this quorum has one voter."""
    try:
        _check_cluster(broker, request)
        _check_voter(request, "Add")
        if not any(each.name == _LISTENER for each in request.listeners):
            why = (
                f"Add voter request didn't include the endpoint (Endpoints(endpoints={{}})) for the default listener "
                f"ListenerName({_LISTENER})"
            )
            raise KafkaApiError(ErrorCode.invalid_request, why)
        raise _refused("adding")
    except KafkaApiError as error:
        return {"error_code": error.code, "error_message": error.message}


async def remove(broker: Broker, request: Any) -> dict[str, Any]:
    """RemoveRaftVoter: this quorum has one voter."""
    try:
        _check_cluster(broker, request)
        _check_voter(request, "Remove")
        raise _refused("removing")
    except KafkaApiError as error:
        return {"error_code": error.code, "error_message": error.message}
