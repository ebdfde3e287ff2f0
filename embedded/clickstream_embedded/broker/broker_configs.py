"""The broker's own settings, as Kafka 3.9 describes them, with what this broker really does as their values."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from clickstream_embedded.broker.topic_configs import TOPIC_CONFIGS, ConfigType, TopicConfig

_TABLE = Path(__file__).with_name("broker_configs.tsv")
# A change of one of these is a change of the default of a topic's setting, which this broker honours.
TOPIC_DEFAULTS: dict[str, TopicConfig] = {each.broker_name: each for each in TOPIC_CONFIGS.values() if each.broker_name}


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """One setting of the broker; `default` is None where it has none."""

    name: str
    type: ConfigType
    default: str | None
    read_only: bool
    sensitive: bool
    synonyms: tuple[str, ...]


@functools.cache
def broker_configs() -> dict[str, BrokerConfig]:
    """All settings by name; read once, when first asked for."""
    found: dict[str, BrokerConfig] = {}
    for line in _TABLE.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, kind, default, change, hidden, others = [*line.split("\t"), "", ""][:6]
        found[name] = BrokerConfig(
            name, ConfigType[kind], None if default == "\\N" else default, change == "ro", hidden == "hidden",
            tuple(filter(None, others.split(","))),
        )  # fmt: skip
    return found


def static_settings(node_id: int, host: str, port: int, folder: str) -> dict[str, str]:
    """What this broker sets itself, by the name of Kafka's setting."""
    address = f"PLAINTEXT://{host}:{port}"
    return {
        "advertised.listeners": address, "broker.id": str(node_id), "listeners": address, "log.dirs": folder,
        "node.id": str(node_id), "offsets.topic.replication.factor": "1", "process.roles": "broker,controller",
        "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "50",
    }  # fmt: skip
