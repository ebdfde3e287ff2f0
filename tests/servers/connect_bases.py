"""What the batches of requests for Connect share: names of classes, and configurations to begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.servers.exchanges import Exchange

FOLDER = Path(tempfile.gettempdir()) / "connect-requests"  # the same for both servers, as answers show it
T = "org.apache.kafka.connect.transforms."
P = f"{T}predicates."
JSON = "org.apache.kafka.connect.json.JsonConverter"
STRING = "org.apache.kafka.connect.storage.StringConverter"
PRIMITIVE = "org.apache.kafka.connect.converters."
TYPED = {"Content-Type": "application/json"}
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


def walk(
    kind: str, name: str, bases: tuple[dict[str, str], dict[str, str]],
    tried: Iterable[tuple[str, Mapping[str, Any]]], calls: Iterable[tuple[Any, ...]],
) -> Iterator[Exchange]:  # fmt: skip
    """A batch: configurations that are validated, then calls.

    Args:
        kind: what its requests are counted under.
        name: of the connector that is validated.
        bases: configurations of a source and of a sink.
        tried: class and what differs from the base of its kind.
        calls: method, path, and what an exchange has beyond.
    """
    source, sink = bases
    for class_name, more in tried:
        config = {"name": name, **(sink if "Sink" in class_name else source), **more}
        yield Exchange(f"{kind} validate", "PUT", f"/connector-plugins/{class_name}/config/validate", config)
    for method, path, *rest in calls:
        yield Exchange(f"{kind} calls", method, path, *rest)


def lines_to_read(file: str, text: str) -> None:
    """Makes a file for sources to read."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / file).write_text(text)
