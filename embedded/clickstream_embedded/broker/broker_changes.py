"""Which of the broker's own settings may be changed while it runs, and to what (KIP-226).

The order of checks, the limits and the words are those of Apache Kafka 3.9. Honoured are the defaults of topics, the
limits of connections and how long producers are remembered; the rest of what is taken has no effect on one plain Apache
Kafka broker either: threads and buffers of parts that this one does not have, limits of a replication that has none, and
TLS and SASL of listeners that are not there. Other listeners than this one cannot be had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clickstream_embedded.broker.broker_configs import broker_configs, described, without_listener
from clickstream_embedded.broker.topic_configs import ConfigType, InvalidTopic, items

_PER_LISTENER = ("ssl.key.", "ssl.keystore.", "ssl.truststore.")
_LISTENERS = ("advertised.listeners", "listeners", "listener.security.protocol.map")
_PER_BROKER = ("ssl.", "sasl.", "principal.builder.class", *_LISTENERS)
_OF_LISTENERS = (*_PER_BROKER, "max.connections", "max.connection.creation.rate", "num.network.threads")
_OWN = "listener.name.plaintext."
_READ_FIRST = ("remote.", "message.", "num.", "background.", "listener", "max.connection", "log.cleaner.", "log.")
_THREADS = ("num.network.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers", "background.threads",
            "num.io.threads")  # fmt: skip
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_KNOWN_CLASSES = {
    "principal.builder.class": "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
    "ssl.engine.factory.class": "org.apache.kafka.common.security.ssl.DefaultSslEngineFactory",
    "metric.reporters": "org.apache.kafka.common.metrics.JmxReporter",
}
_MEGABYTE = 1 << 20
_WRAPPED = (
    "Invalid value org.apache.kafka.common.config.ConfigException: {} for configuration Invalid dynamic configuration"
)


class ChangeRefused(ValueError):
    """The broker does not take the change; the text is Kafka's."""


def check(named: Iterable[str], gone: Iterable[str], wanted: Mapping[str, str], now: Mapping[str, str], *, all_brokers: bool) -> dict[str, str]:  # fmt: skip
    """The settings of the layer as they are kept.

    Args:
        named: The settings that the request gives a value.
        gone: Those that it takes away.
        wanted: All settings of the layer after the change.
        now: What is in force before the change of what it was started with and what was changed since.
        all_brokers: Whether they are of all brokers of the cluster, not of this one.

    Raises:
        ChangeRefused: Where the broker does not take them.
    """
    named, gone = list(named), list(gone)
    _refuse([each for each in named if _is_fixed(each)], "Cannot update these configs dynamically: Set({})")
    _refuse(
        [each for each in named if each.startswith(_PER_LISTENER)],
        "These security configs can be dynamically updated only per-listener using the listener prefix: HashSet({})",
    )
    kept = {name: _read(name, wanted[name]) for name in sorted(wanted, key=_order)}
    if all_brokers:
        _refuse(
            [each for each in named if without_listener(each).startswith(_PER_BROKER)],
            "Cannot update these configs at default cluster level, broker id must be specified: Set({})",
        )
    both = {**{name: value for name, value in now.items() if name not in gone}, **kept}
    _is_whole(both, named)
    changed = {name: value for name, value in kept.items() if name in named}
    if any(map(_is_strange, both)) and any(each.startswith(_OF_LISTENERS) for each in changed):
        raise ChangeRefused(_WRAPPED.format(
            "Configs cannot be updated dynamically for existing listener ListenerName(PLAINTEXT), restart broker or "
            "create a new listener for update"
        ))  # fmt: skip
    for name in ("max.connections", "max.connection.creation.rate", "metric.reporters", *_THREADS):
        for each in changed:
            if without_listener(each) == name:
                _fits(name, changed[each], changed, now)
    _logs_fit(both, changed)
    return {name: kept[name] for name in wanted}


def _refuse(names: list[str], why: str) -> None:
    if names:
        raise ChangeRefused(why.format(", ".join(names)))


def _is_strange(name: str) -> bool:
    """Whether it is of this listener, and none that a listener has by itself."""
    return name.startswith(_OWN) and not name.removeprefix(_OWN).startswith(_OF_LISTENERS)


def _is_fixed(name: str) -> bool:
    known = broker_configs().get(name)
    return known is not None and known.read_only


def _order(name: str) -> int:
    """Where the reading of all settings comes to one."""
    return next((place for place, start in enumerate(_READ_FIRST) if name.startswith(start)), len(_READ_FIRST))


def _read(name: str, text: str) -> str:
    bare = without_listener(name)
    config = described(name if name not in broker_configs() else bare)
    if config.type is ConfigType.CLASS and text.strip() != _KNOWN_CLASSES.get(bare):
        raise ChangeRefused(f"Invalid value {text} for configuration {bare}: Class {text.strip()} could not be found.")
    reader = described(bare).reader()
    try:
        return reader.parse(text) if config.type is not ConfigType.UNKNOWN else text
    except InvalidTopic as error:
        raise ChangeRefused(str(error)) from error


# -- what is looked at once all values can be read -------------------------------------------------------------


def _pairs(name: str, text: str) -> list[tuple[str, str]]:
    """A list of `key:value` as Kafka takes it apart: at the last colon, by its place in the text."""
    found: list[tuple[str, str]] = []
    entries = text.split(",") if text.strip() else []
    while entries and not entries[-1]:  # Java's split leaves no empty texts at the end
        entries.pop()
    for entry in entries:
        each = entry.strip()
        if ":" not in each:
            raise ChangeRefused(f"Error parsing configuration property '{name}': begin 0, end -1, length {len(each)}")
        key, _, value = each.rpartition(":")
        found.append((key.strip(), value.strip()))
    return found


def overrides(text: str) -> dict[str, int]:
    """`max.connections.per.ip.overrides`: host or address to its limit. Raises ChangeRefused."""
    pairs = _pairs("max.connections.per.ip.overrides", text)
    for _, value in pairs:
        if not re.fullmatch(r"[+-]?\d+", value, re.ASCII) or not -(2**31) <= int(value) < 2**31:
            raise ChangeRefused(f'For input string: "{value}"')
    return {host: int(value) for host, value in pairs}


def _is_whole(both: Mapping[str, str], named: list[str]) -> None:
    """The settings that need one another. Raises ChangeRefused."""
    protocols = _pairs("listener.security.protocol.map", both.get("listener.security.protocol.map", ""))
    for _, protocol in protocols:
        if protocol.upper() not in _PROTOCOLS:
            raise ChangeRefused(f"Invalid security protocol `{protocol}` defined in listener.security.protocol.map")
    exceptions = overrides(both.get("max.connections.per.ip.overrides", ""))
    for name, least in (("log.roll.ms", 1), ("log.roll.jitter.ms", 0)):
        if int(both.get(name) or least) < least:
            raise ChangeRefused(f"requirement failed: {name} must be greater than or equal to {least}")
    if int(both.get("log.retention.ms") or 1) == 0:
        raise ChangeRefused(
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
        )
    if both.get("max.connections.per.ip") == "0" and not exceptions:
        raise ChangeRefused(
            "requirement failed: max.connections.per.ip can be set to zero only if "
            "max.connections.per.ip.overrides property is set."
        )
    for name in _LISTENERS:
        if name in named:
            _other_listeners(name, both, {key.upper() for key, _ in protocols})


def _other_listeners(name: str, both: Mapping[str, str], defined: set[str]) -> None:
    """Refuses listeners: a text that is no list of them in Kafka's words, one that is as it cannot be had here."""
    text = both[name]
    if name == "listener.security.protocol.map":
        lacking = next((each for each in ("PLAINTEXT", "CONTROLLER") if each not in defined), None)
        if lacking is None:
            return
        why = f"No security protocol defined for listener {lacking}"
        raise ChangeRefused(f"Error creating broker listeners from '{both['listeners']}': {why}")
    names: list[str] = []
    for each in items(text):
        found = re.fullmatch(r"(\w+)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?\d+)", each)
        if found is None:
            raise ChangeRefused(f"Error creating broker listeners from '{text}': Unable to parse {each} to a broker endpoint")  # fmt: skip
        names.append(found[1].upper())
        if names[-1] not in (*_PROTOCOLS, "CONTROLLER", *defined):
            why = f"No security protocol defined for listener {names[-1]}"
            raise ChangeRefused(f"Error creating broker listeners from '{text}': {why}")
    if name == "listeners" and "CONTROLLER" not in names:
        raise ChangeRefused(
            "requirement failed: controller.listener.names must contain at least one value appearing in the "
            "'listeners' configuration when running the KRaft controller role"
        )
    if name == "advertised.listeners":
        if not names:
            raise ChangeRefused(
                "requirement failed: There must be at least one broker advertised listener. "
                "Perhaps all listeners appear in controller.listener.names?"
            )
        why = "Advertised listeners cannot be altered when using a Raft-based metadata quorum."
        raise ChangeRefused(_WRAPPED.format(why))
    raise ChangeRefused(f"Cannot update these configs dynamically: Set({name})")


def _fits(name: str, value: str, kept: Mapping[str, str], before: Mapping[str, str]) -> None:
    """What the part that a setting is of refuses: numbers of threads grow and shrink by half at most."""
    if name == "metric.reporters":
        if any(each != _KNOWN_CLASSES[name] for each in items(value)):
            changed = ", ".join([name, *(each for each in kept if each != name)])
            why = f"Validation of dynamic config update of Set({changed}) failed with class class "
            raise ChangeRefused(_WRAPPED.format(f"{why}kafka.server.DynamicMetricsReporters"))
        return
    number, now = int(value), int(before.get(name) or broker_configs()[name].default or 1)
    if not name.endswith("threads") and name not in _THREADS:
        if number <= 0:
            raise ChangeRefused(_WRAPPED.format(f"Invalid {name} {number}"))
        return
    start = f"Dynamic thread count update validation failed for {name}={value}, value should "
    if number <= 0:
        raise ChangeRefused(_WRAPPED.format(f"{start}be at least 1"))
    if number < now / 2:
        raise ChangeRefused(_WRAPPED.format(f"{start}be at least half the current value {now}"))
    if number > now * 2:
        raise ChangeRefused(_WRAPPED.format(f"{start}not be greater than double the current value {now}"))


def _logs_fit(both: Mapping[str, str], kept: Mapping[str, str]) -> None:
    """The cleaner's numbers, and what is kept of a log here beside what is kept of it at all."""
    name = "log.cleaner.threads"
    if name in kept and int(kept[name]) > 2:
        raise ChangeRefused(_WRAPPED.format("Log cleaner threads cannot be increased to more than double the current value 1"))  # fmt: skip
    if name in kept and int(kept[name]) <= 0:
        raise ChangeRefused("/ by zero")
    name = "log.cleaner.dedupe.buffer.size"
    if name in kept and int(kept[name]) < _MEGABYTE:
        raise ChangeRefused(f"requirement failed: {name} must be at least 1MB per cleaner thread.")
    for what, default in (("ms", 604_800_000), ("bytes", -1)):
        local, whole = (
            int(both.get(f"log.local.retention.{what}") or -2),
            int(both.get(f"log.retention.{what}") or default),
        )
        why = ""
        if local == -1 and whole != -1:
            why = f"Value must not be -1 as log.retention.{what} value is set as {whole}."
        elif whole != -1 and local > whole:
            why = f"Value must not be more than log.retention.{what} property value: {whole}"
        if why:
            raise ChangeRefused(_WRAPPED.format(f"Invalid value {local} for configuration log.local.retention.{what}: {why}"))  # fmt: skip
