"""What a configuration says under a converter's prefix about the registry and the schemas in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clickstream_embedded.connect.config.definition import ConfigKey, parse
from clickstream_embedded.connect.java_errors import ConfigError

_URL = "schema.registry.url"
_STRATEGIES = ("TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy")
_PACKAGES = ("io.confluent.kafka.serializers.subject.", "io.confluent.kafka.serializers.subject.strategy.")
# what Confluent's converters have and these have not: only the default is taken
_NOT_HERE = {
    "allow.optional.map.keys": "false", "enhanced.avro.schema.support": "false", "enhanced.protobuf.schema.support": "false",
    "flatten.unions": "true", "generalized.sum.type.support": "false", "id.compatibility.strict": "true",
    "ignore.default.for.nullables": "false", "json.fail.invalid.schema": "false", "normalize.schemas": "false",
    "object.additional.properties": "true", "optional.for.nullables": "false", "scrub.invalid.names": "false",
    "use.optional.for.nonrequired": "false", "use.schema.id": "-1", "wrapper.for.nullables": "false",
    "wrapper.for.raw.primitives": "true",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """One converter's settings.

    Args:
        url: the registry's address, with user and password where it asks for them.
        auto_register: whether a schema that the registry does not have is registered.
        use_latest: whether records are written with the subject's latest schema.
        latest_strict: whether that schema must be able to read what is written.
        strategy: how a subject is named, one of Confluent's three strategies.
        meta: whether Connect's names, versions and parameters are kept in Avro's schemas.
        numeric_decimals: decimals as JSON's numbers rather than in base 64.
    """

    url: str
    auto_register: bool = True
    use_latest: bool = False
    latest_strict: bool = True
    strategy: str = "TopicNameStrategy"
    meta: bool = True
    numeric_decimals: bool = False


def registry_settings(given: Mapping[str, str], *, is_key: bool) -> RegistrySettings:
    """The settings of a converter. Raises ConfigError as its constructor does."""
    addresses = [each.strip() for each in given.get(_URL, "").split(",") if each.strip()]
    if _URL not in given:
        raise ConfigError(f'Missing required configuration "{_URL}" which has no default value.')
    if not addresses:
        raise ConfigError.of(_URL, given[_URL], "Invalid schema registry URL list")
    for name, default in _NOT_HERE.items():
        if given.get(name, default).strip().lower() != default:
            raise ConfigError.of(name, given[name], "this worker's converters have the default only")

    def flag(name: str, default: str) -> bool:
        return bool(parse(ConfigKey(name, "BOOLEAN", ""), given.get(name, default)))

    return RegistrySettings(
        _with_user(addresses[0], given), flag("auto.register.schemas", "true"), flag("use.latest.version", "false"),
        flag("latest.compatibility.strict", "true"), _strategy(given, is_key), flag("connect.meta.data", "true"),
        _decimals(given),
    )  # fmt: skip


def _decimals(given: Mapping[str, str]) -> bool:
    found = given.get("decimal.format", "BASE64")
    if found.upper() not in ("NUMERIC", "BASE64"):
        raise ConfigError.of("decimal.format", found, "String must be one of (case insensitive): NUMERIC, BASE64")
    return found.upper() == "NUMERIC"


def _strategy(given: Mapping[str, str], is_key: bool) -> str:
    name = f"{'key' if is_key else 'value'}.subject.name.strategy"
    text = given.get(name, _PACKAGES[0] + _STRATEGIES[0]).strip()
    package, _, simple = text.rpartition(".")
    if f"{package}." not in _PACKAGES or simple not in _STRATEGIES:
        raise ConfigError.of(name, text, f"Class {text} could not be found.")
    return simple


def _with_user(url: str, given: Mapping[str, str]) -> str:
    """The address with the user of `basic.auth.credentials.source=USER_INFO` in it."""
    source = given.get("basic.auth.credentials.source", "URL").strip().upper()
    if source not in ("URL", "USER_INFO"):
        raise ConfigError.of("basic.auth.credentials.source", source, "this worker has URL and USER_INFO")
    if source == "URL":
        return url
    user = given.get("basic.auth.user.info") or given.get("schema.registry.basic.auth.user.info")
    if not user:
        raise ConfigError("UserInfo cannot be null or empty")
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}@{rest}"
