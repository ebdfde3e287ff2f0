"""What the batches of requests for Connect share: names of classes, and configurations to begin with."""

from __future__ import annotations

import tempfile
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "connect-requests"  # the same for both servers, as answers show it
T = "org.apache.kafka.connect.transforms."
P = f"{T}predicates."
JSON = "org.apache.kafka.connect.json.JsonConverter"
STRING = "org.apache.kafka.connect.storage.StringConverter"
PRIMITIVE = "org.apache.kafka.connect.converters."
FULL_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
FULL_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"


def source(topic: str, file: str, class_name: str = "FileStreamSource", **more: str) -> dict[str, str]:
    """A file source; `tasks_max` sets `tasks.max`."""
    config = {"connector.class": class_name, "tasks.max": "1", "topic": topic, "file": str(FOLDER / file)}
    return config | {key.replace("_", "."): value for key, value in more.items()}


def sink(topics: str, file: str, class_name: str = "FileStreamSink", **more: str) -> dict[str, str]:
    """A file sink; `tasks_max` sets `tasks.max`."""
    config = {"connector.class": class_name, "tasks.max": "1", "topics": topics, "file": str(FOLDER / file)}
    return config | {key.replace("_", "."): value for key, value in more.items()}


def chain(**parts: dict[str, str]) -> dict[str, str]:
    """Transforms by their aliases; their `type` is without the package of Kafka's transforms."""
    made = {"transforms": ",".join(parts)}
    for alias, settings in parts.items():
        made |= {
            f"transforms.{alias}.{key}": (T + value if key == "type" else value) for key, value in settings.items()
        }
    return made


def predicates(**parts: dict[str, str]) -> dict[str, str]:
    """Predicates by their aliases; their `type` is without the package of Kafka's predicates."""
    made = {"predicates": ",".join(parts)}
    for alias, settings in parts.items():
        made |= {
            f"predicates.{alias}.{key}": (P + value if key == "type" else value) for key, value in settings.items()
        }
    return made
