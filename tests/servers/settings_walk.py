"""Every setting with values of every type: what one server takes, and in which words it refuses the rest.

The names come from what our own servers list (and what they list is compared by other requests), so none is left out.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clickstream_embedded.broker import topic_configs
from tests.servers.exchanges import Exchange
from tests.servers.kafka_wire import Request

_EMBEDDED = Path(topic_configs.__file__).resolve().parent.parent
_VALUES = ("abc", "-3", "-1", "0", "7", "99999999999", "1.5", "", " 7 ", "TRUE", "gzip,", None)
_TOPIC, _BROKER = 2, 4
_SINK = {"connector.class": "FileStreamSink", "topics": "t1", "name": "v", "file": "/tmp/x"}
_SOURCE = {"connector.class": "FileStreamSource", "topic": "t1", "name": "v"}
_TRANSFORM = "org.apache.kafka.connect.transforms."
_NEEDED: dict[str, dict[str, str]] = {
    "Cast": {"spec": "a:int8"}, "DropHeaders": {"headers": "a"}, "ExtractField": {"field": "a"},
    "Filter": {"predicate": "p"}, "HeaderFrom": {"fields": "a", "headers": "b", "operation": "copy"},
    "HoistField": {"field": "a"}, "InsertField": {"static.field": "a", "static.value": "b"},
    "InsertHeader": {"header": "a", "value.literal": "b"}, "MaskField": {"fields": "a"},
    "RegexRouter": {"regex": "a", "replacement": "b"}, "TimestampConverter": {"target.type": "unix"},
    "ValueToKey": {"fields": "a"},
}  # fmt: skip


def _change(kind: int, name: str, key: str, value: str | None) -> dict[str, Any]:
    changed = {"name": key, "config_operation": 0, "value": value}
    resource = {"resource_type": kind, "resource_name": name, "configs": [changed]}
    return {"resources": [resource], "validate_only": True}


def broker_requests() -> Iterator[Request]:
    """Each setting of a topic and of a broker, changed in a dry run, and each as it is described."""
    for name in topic_configs.TOPIC_CONFIGS:
        for value in _VALUES:
            yield Request("walk of a topic's settings", f"{name}={value}", 44, 1, _change(_TOPIC, "fc", name, value))
    with (_EMBEDDED / "broker" / "broker_configs.tsv").open() as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row and not row[0].startswith("#")]
    for name, *_ in rows:
        resource = {"resource_type": _BROKER, "resource_name": "1", "configuration_keys": [name]}
        asked = {"resources": [resource], "include_synonyms": True, "include_documentation": False}
        yield Request("walk of a broker's settings", f"describe {name}", 32, 4, asked)
        for value in ("abc", "-1", "7", ""):
            yield Request("walk of a broker's settings", f"{name}={value}", 44, 1, _change(_BROKER, "1", name, value))


def _validated(base: dict[str, str], key: str, value: str | None, **more: str) -> Exchange:
    name = base["connector.class"]
    config = {**base, **more, key: value}
    return Exchange("walk of settings", "PUT", f"/connector-plugins/{name}/config/validate", config)


def connect_exchanges() -> Iterator[Exchange]:
    """Each setting of connectors, transforms, predicates and converters that Apache Connect brings."""
    defined = json.loads((_EMBEDDED / "connect" / "config" / "definitions.json").read_bytes())
    for part, keys in defined.items():
        names = [each["name"] for each in keys]
        if part.startswith(("io.", "org.apache.kafka.connect.converters.", "org.apache.kafka.connect.storage.")):
            continue
        for name in names:
            for value in _VALUES:
                if part in ("sink", "connector") or part.endswith("FileStreamSinkConnector"):
                    yield _validated(_SINK, name, value)
                if part == "source" or part.endswith("FileStreamSourceConnector"):
                    yield _validated(_SOURCE, name, value)
                if part.endswith("JsonConverter"):
                    yield _validated(_SINK, f"value.converter.{name}", value, **{"value.converter": part})
                if part.startswith(_TRANSFORM) and ".predicates." not in part and not part.endswith("$Key"):
                    short = part.removeprefix(_TRANSFORM).removesuffix("$Value")
                    needed = {f"transforms.r.{key}": given for key, given in _NEEDED.get(short, {}).items()}
                    more = {"transforms": "r", "transforms.r.type": part, **needed}
                    yield _validated(_SINK, f"transforms.r.{name}", value, **more)
                if ".predicates." in part:
                    more = {"predicates": "p", "predicates.p.type": part}
                    yield _validated(_SINK, f"predicates.p.{name}", value, **more)
