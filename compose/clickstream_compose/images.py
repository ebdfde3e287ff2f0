"""What the images do with their environment, as data: which variable becomes which property, what they cannot do without.

Sources: the `configure`, `ensure` and `*.properties.template` files of confluentinc/kafka-images and
confluentinc/ksql-images, Elasticsearch's docker-entrypoint, and Grafana's documentation of its image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def properties(environment: Mapping[str, str], prefix: str, excluded: tuple[str, ...] = ()) -> dict[str, str]:
    """Variables with the prefix as properties, as `env_to_props` of Confluent's images names them.

    `_` becomes `.`, `__` becomes `_` and `___` becomes `-`; all is in small letters.
    """
    found: dict[str, str] = {}
    for variable, value in environment.items():
        if variable.startswith(prefix) and variable not in excluded:
            name = variable.removeprefix(prefix).lower().replace("___", "-").replace("__", "\0").replace("_", ".")
            found[name.replace("\0", "_")] = value
    return found


@dataclass(frozen=True, slots=True)
class Image:
    """One image's rule.

    `prefix` of the variables that become properties; `required` variables, without which it ends at once; `given` are
    properties that it sets itself; `user` that it runs as; `tools` that a health check or script may count on.
    """

    name: str
    prefix: str = ""
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = "appuser"
    tools: tuple[str, ...] = ("bash", "curl")
    names: Mapping[str, str] | None = None  # variable -> property, where there is a list of them
    heap: str = "KAFKA_HEAP_OPTS"
    refused: Callable[[Mapping[str, str]], str] = lambda _: ""

    def render(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The properties that the server starts with."""
        if self.names is not None:
            rendered = {self.names[name]: value for name, value in environment.items() if name in self.names}
        else:
            rendered = properties(environment, self.prefix, self.excluded) if self.prefix else {}
        return {**self.given, **rendered}

    def faults(self, environment: Mapping[str, str]) -> list[str]:
        """Why the image would end with this environment; empty where it would not."""
        missing = [f"{name} is required" for name in self.required if not environment.get(name)]
        why = self.refused(environment)
        return [*missing, *([why] if why else [])]


def _kafka(environment: Mapping[str, str]) -> str:
    if environment.get("KAFKA_PROCESS_ROLES"):
        return "" if environment.get("CLUSTER_ID") else "CLUSTER_ID is required with KAFKA_PROCESS_ROLES"
    return (
        ""
        if environment.get("KAFKA_ZOOKEEPER_CONNECT")
        else "KAFKA_ZOOKEEPER_CONNECT is required without KAFKA_PROCESS_ROLES"
    )


def _ksqldb(environment: Mapping[str, str]) -> str:
    if environment.get("KSQL_CONNECT_GROUP_ID") and environment.get("KSQL_KSQL_CONNECT_URL"):
        return "KSQL_CONNECT_GROUP_ID starts a Connect inside, and KSQL_KSQL_CONNECT_URL names another"
    return ""


def _connect_inside(environment: Mapping[str, str]) -> str:
    if environment.get("KSQL_CONNECT_GROUP_ID"):
        return "this image renders its Connect's settings to a file that ksqlDB does not read; use a Connect of its own"
    return _ksqldb(environment)


_KAFKA_OPTIONS = ("KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_GC_LOG_OPTS",
                  "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_LOG4J_LOGGERS",
                  "KAFKA_TOOLS_LOG4J_LOGLEVEL")  # fmt: skip
_KSQL_OPTIONS = ("KSQL_VERSION", "KSQL_HEAP_OPTS", "KSQL_OPTS", "KSQL_JMX_OPTS", "KSQL_LOG4J_OPTS", "KSQL_GC_LOG_OPTS",
                 "KSQL_JVM_PERFORMANCE_OPTS", "KSQL_LOG4J_ROOT_LOGLEVEL", "KSQL_LOG4J_LOGGERS", "KSQL_CLASSPATH")  # fmt: skip
_STORAGE = tuple(f"CONNECT_{what}_STORAGE_TOPIC" for what in ("CONFIG", "OFFSET", "STATUS"))
IMAGES = {
    image.name: image
    for image in (
        Image(
            "cp-zookeeper", required=("ZOOKEEPER_CLIENT_PORT",),
            given={"dataDir": "/var/lib/zookeeper/data", "dataLogDir": "/var/lib/zookeeper/log"},
            names={"ZOOKEEPER_CLIENT_PORT": "clientPort", "ZOOKEEPER_TICK_TIME": "tickTime",
                   "ZOOKEEPER_INIT_LIMIT": "initLimit", "ZOOKEEPER_SYNC_LIMIT": "syncLimit"},
        ),
        Image("cp-kafka", "KAFKA_", ("KAFKA_ADVERTISED_LISTENERS",), _KAFKA_OPTIONS, {"log.dirs": "/var/lib/kafka/data"}, refused=_kafka),
        Image("cp-kafka-connect-base", user="root", tools=("bash", "curl", "confluent-hub")),
        Image(
            "cp-kafka-connect", "CONNECT_",
            ("CONNECT_BOOTSTRAP_SERVERS", "CONNECT_GROUP_ID", *_STORAGE, "CONNECT_KEY_CONVERTER",
             "CONNECT_VALUE_CONVERTER", "CONNECT_REST_ADVERTISED_HOST_NAME"),
            given={"rest.port": "8083"},
        ),
        Image("cp-ksqldb-server", "KSQL_", ("KSQL_BOOTSTRAP_SERVERS",), _KSQL_OPTIONS, heap="KSQL_HEAP_OPTS", refused=_connect_inside),
        Image("ksqldb-server", "KSQL_", ("KSQL_BOOTSTRAP_SERVERS",), _KSQL_OPTIONS, heap="KSQL_HEAP_OPTS",
              tools=("bash", "curl", "confluent-hub"), refused=_ksqldb),
        Image("elasticsearch", user="elasticsearch", heap="ES_JAVA_OPTS"),
        Image("grafana", user="grafana", tools=("sh", "wget"), heap=""),
        Image("cp-enterprise-control-center", "CONTROL_CENTER_", ("CONTROL_CENTER_BOOTSTRAP_SERVERS",), heap="CONTROL_CENTER_HEAP_OPTS"),
        Image("busybox", user="root", tools=("sh",), heap=""),
    )
}  # fmt: skip


def image_of(reference: str) -> Image:
    """The rule of an image by its reference, as `confluentinc/cp-kafka:7.9.2`. Raises KeyError where there is none."""
    return IMAGES[reference.rpartition("/")[2].partition(":")[0]]


def elasticsearch_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Elasticsearch takes variables with a dot, and only those, as settings."""
    return {name: value for name, value in environment.items() if "." in name}
