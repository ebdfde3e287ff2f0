"""How the servers' clients of Kafka behave while it is away."""

from __future__ import annotations

from typing import Any

# while a cluster is away librdkafka ends and begins a thread at each try to reach it (KIP-899), as a rule ten times a second
PATIENT: dict[str, Any] = {"reconnect.backoff.ms": 500, "reconnect.backoff.max.ms": 1000}
