"""The worker's own settings beside its converters, by the variables of the real worker's image.

`CONNECT_OFFSET_FLUSH_INTERVAL_MS` is `offset.flush.interval.ms`, and so on. What this worker does not go by is told in its log,
and what it cannot be without is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from clickstream_embedded.connect.config.definition import ConfigKey, parse
from clickstream_embedded.connect.java_errors import ConfigError
from clickstream_embedded.connect.worker.worker_converters import properties

log = logging.getLogger("connect")
FLUSH_INTERVAL = "offset.flush.interval.ms"
# settings that have one value here
FIXED = {
    "connector.client.config.override.policy": "All",
    "topic.creation.enable": "true",
    "exactly.once.source.support": "disabled",
}
_CONVERTERS = ("key.converter", "value.converter", "header.converter")
# what the command line says, and the one broker that there is
SAID_OTHERWISE = frozenset({
    "bootstrap.servers", "group.id", "rest.port", "listeners", "rest.advertised.host.name", "rest.advertised.port",
    "config.storage.replication.factor", "offset.storage.replication.factor", "status.storage.replication.factor",
    "plugin.path",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker goes by.

    `flush_interval` (seconds) is shorter than Kafka's minute, so that little comes twice after a kill.
    """

    flush_interval: float = 5.0


def worker_settings(environment: Mapping[str, str]) -> WorkerSettings:
    """The worker's settings. Raises ConfigError for values that it cannot start with."""
    given = properties(environment)
    for name, only in FIXED.items():
        if given.get(name, only).strip().lower() != only.lower():
            raise ConfigError.of(name, given[name], f"this worker has {only} only")
    known = {FLUSH_INTERVAL} | FIXED.keys() | SAID_OTHERWISE
    unused = sorted(name for name in given if name not in known and not name.startswith(_CONVERTERS))
    if unused:
        log.warning("These configurations '%s' were supplied but are not used yet.", unused)
    if FLUSH_INTERVAL not in given:
        return WorkerSettings()
    interval = int(parse(ConfigKey(FLUSH_INTERVAL, "LONG", ""), given[FLUSH_INTERVAL]))
    if interval < 1:
        raise ConfigError.of(FLUSH_INTERVAL, str(interval), "Value must be at least 1")
    return WorkerSettings(interval / 1000)
