"""The classes that this worker has, by their kinds, and the names that configurations may call them by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clickstream_embedded.connect.config.definition import ConfigKey, definitions
from clickstream_embedded.connect.config.validators import of_class
from clickstream_embedded.connect.converters.converter import CONVERTERS, HEADER_CONVERTERS
from clickstream_embedded.connect.transforms.chain import NULL_FILTER, PACKAGE, PREDICATES, TRANSFORMS

DATAGEN = "io.confluent.kafka.connect.datagen.DatagenConnector"
ELASTICSEARCH = "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"
FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
FILE_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
KAFKA_VERSION = "3.9.1"
_SUFFIXES = {
    "sink": "Connector", "source": "Connector", "converter": "Converter", "header_converter": "HeaderConverter",
    "transformation": "Transformation", "predicate": "Predicate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plugin:
    """A class that configurations can name; `kind` is what the REST API calls its type."""

    class_name: str
    kind: str
    version: str | None = KAFKA_VERSION

    @property
    def simple(self) -> str:
        return self.class_name.rsplit(".", 1)[1].rsplit("$", 1)[-1]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its names: full, simple, and without the suffix of its kind."""
        suffix = _SUFFIXES[self.kind]
        shortened = self.simple.removesuffix(suffix)
        return (self.class_name, self.simple, shortened) if "$" not in self.class_name else (self.class_name,)

    @property
    def task_class(self) -> str:
        """The class of a connector's tasks."""
        return self.class_name.removesuffix("Connector") + "Task"


CONNECTORS = (
    Plugin(ELASTICSEARCH, "sink", "10.0.2"), Plugin(FILE_SINK, "sink"), Plugin(DATAGEN, "source", "0.5.0"),
    Plugin(FILE_SOURCE, "source"),
)  # fmt: skip
PLUGINS = (
    *CONNECTORS,
    *(Plugin(name, "transformation", None if name == NULL_FILTER else KAFKA_VERSION) for name in TRANSFORMS),
    *(Plugin(name, "predicate") for name in PREDICATES),
    *(Plugin(name, "converter") for name in CONVERTERS),
    *(Plugin(name, "header_converter") for name in HEADER_CONVERTERS),
)
_JAVA = frozenset(f"java.lang.{name}" for name in ("Object", "String", "Integer", "Long"))  # there in every JVM
_INTERFACES = (f"{PACKAGE}Transformation", f"{PACKAGE}predicates.Predicate", "org.apache.kafka.connect.storage.Converter",
               "org.apache.kafka.connect.storage.HeaderConverter")  # fmt: skip
ABSTRACT = frozenset((*(name.split("$")[0] for name in TRANSFORMS if "$" in name), *_INTERFACES))


def find_connector(name: str) -> Plugin | None:
    """A connector by its full, simple or short name."""
    return next((each for each in CONNECTORS if name in each.aliases), None)


def find(name: str, kinds: Iterable[str] = tuple(_SUFFIXES)) -> Plugin | None:
    """A class of some kinds by its name or alias."""
    wanted = tuple(kinds)
    return next((each for each in PLUGINS if each.kind in wanted and name in each.aliases), None)


def resolved(name: str) -> str | None:
    """The full name of a class; None where this worker has none of that name."""
    if name in ABSTRACT or name in _JAVA:
        return name
    found = find(name)
    return found.class_name if found is not None else None


def full_name(name: str) -> str:
    """As `resolved`, for names that were validated before."""
    return resolved(name) or name


def own_keys(class_name: str) -> tuple[ConfigKey, ...]:
    """The settings of a class by itself, with their validators."""
    checks = of_class(class_name)
    return tuple(replace(key, validators=checks.get(key.name, ())) for key in definitions().get(class_name, ()))


def shared_keys(kind: str) -> tuple[ConfigKey, ...]:
    """The settings of every connector of a kind, `sink` or `source`."""
    return tuple(
        replace(key, validators=of_class(which).get(key.name, ()))
        for which in ("connector", kind)
        for key in definitions()[which]
    )


def described(name: str) -> tuple[ConfigKey, ...] | None:
    """What `GET /connector-plugins/NAME/config` answers; None for a class that is not here."""
    found = find(name)
    if found is None:
        return None
    own = own_keys(found.class_name)
    return (*own, *shared_keys(found.kind)) if found.kind in ("sink", "source") else own


def is_no_plugin(name: str) -> bool:
    """Whether a class is there that cannot be made as a plugin."""
    return name in ABSTRACT or name in _JAVA


def nested_classes(name: str) -> list[str]:
    """The classes that can be had in place of an abstract one."""
    return [f"{name}${part}" for part in ("Value", "Key") if f"{name}${part}" in TRANSFORMS]
