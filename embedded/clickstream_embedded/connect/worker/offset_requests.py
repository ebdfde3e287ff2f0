"""Offsets that are shown, altered and reset by requests (KIP-875)."""

from __future__ import annotations

from typing import Any

import orjson

from clickstream_embedded.connect.config.catalog import DATAGEN, ELASTICSEARCH, FILE_SOURCE
from clickstream_embedded.connect.worker import offsets_process, sink_offsets
from clickstream_embedded.connect.worker.connectors import Connector
from clickstream_embedded.connect.worker.herder import Herder
from clickstream_embedded.connect.worker.refusal import RequestRefused
from clickstream_embedded.connect.worker.store import partition_key

_NONE_GIVEN = "Partitions / offsets need to be provided for an alter offsets request"


async def shown(herder: Herder, name: str) -> list[dict[str, Any]]:
    """What a connector has done, as {partition, offset}."""
    connector = herder.get(name)
    if connector.plugin.kind == "sink":
        return await _asked("committed", herder, connector)
    return [{"partition": orjson.loads(key), "offset": offset} for key, offset in connector.offsets.items()]


def _stopped(herder: Herder, name: str) -> Connector:
    connector = herder.get(name)
    if connector.target != "STOPPED":
        raise RequestRefused(
            400,
            "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the "
            f"specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint",
        )
    return connector


def _told(connector: Connector, done: str) -> str:
    """File connectors take part in the change themselves, and so are told about otherwise than the others."""
    if connector.plugin.class_name not in (DATAGEN, ELASTICSEARCH):
        return f"The offsets for this connector have been {done} successfully"
    return (
        f"The Connect framework-managed offsets for this connector have been {done} successfully. However, if this "
        f"connector manages offsets externally, they will need to be manually {done} in the system that the connector "
        "uses."
    )


async def reset(herder: Herder, name: str) -> str:
    """A source begins anew, a sink reads its topics from the beginning."""
    connector = _stopped(herder, name)
    if connector.plugin.kind == "sink":
        await _asked("reset", herder, connector)
    else:
        await herder.moved_offsets(connector, dict.fromkeys(connector.offsets))
    return _told(connector, "reset")


async def alter(herder: Herder, name: str, pairs: list[dict[str, Any]] | None) -> str:
    """Moves the offsets to those of {partition, offset} pairs. Raises RequestRefused."""
    if not pairs:
        raise RequestRefused(400, _NONE_GIVEN)
    connector = _stopped(herder, name)
    if connector.plugin.kind == "sink":
        await _asked("alter", herder, connector, pairs)
    else:
        for each in pairs:
            _check(connector, each.get("partition"), each.get("offset"))
        await herder.moved_offsets(
            connector, {partition_key(each.get("partition") or {}): each.get("offset") for each in pairs}
        )
    return _told(connector, "altered")


def _check(connector: Connector, partition: dict[str, Any] | None, offset: dict[str, Any] | None) -> None:
    """What a file source demands of its offsets."""
    if connector.plugin.class_name != FILE_SOURCE or offset is None:
        return
    if "position" not in offset:
        raise RequestRefused(500, "Offset objects should either be null or contain the key 'position'")
    position = offset["position"]
    if not isinstance(position, int) or isinstance(position, bool):
        raise RequestRefused(500, "The value for the 'position' key in the offset is expected to be a Long value")
    if position < 0:
        raise RequestRefused(500, "The value for the 'position' key in the offset should be a non-negative value")
    if partition is None:
        raise RequestRefused(500, "Partition objects cannot be null")
    if "filename" not in partition:
        raise RequestRefused(500, "Partition objects should contain the key 'filename'")


async def _asked(question: str, herder: Herder, connector: Connector, *more: Any) -> Any:
    try:
        group = sink_offsets.group_of(connector.name, connector.config)
        return await offsets_process.ask(question, herder.bootstrap, group, *more)
    except sink_offsets.Malformed as error:
        raise RequestRefused(400, str(error)) from None
    except sink_offsets.NotAltered as error:
        raise RequestRefused(500, str(error).replace("{name}", connector.name)) from None
    except offsets_process.Unreachable as error:
        raise RequestRefused(
            500, f"The offsets of {connector.name} cannot be reached at {herder.bootstrap}: {error}"
        ) from None
