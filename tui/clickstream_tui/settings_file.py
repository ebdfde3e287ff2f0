"""The settings' file (TOML): its form as types, read by msgspec, which refuses what it does not know."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from clickstream_pipeline import alerts
from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.errors import PipelineError

PROFILES = ("embedded", "docker", "remote")
SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
REMOTE = (*SERVERS, "grafana")
REGISTRY = "schema-registry"  # the embedded stack has one only where the settings give it a port
Port = Annotated[int, msgspec.Meta(ge=0, lt=65536)]


class ConfigError(PipelineError):
    """The settings cannot be used."""


class Access(msgspec.Struct, forbid_unknown_fields=True):
    """A table [remote.SERVER]. Secrets come from the environment or a file, never from the settings themselves."""

    url: str = ""
    bootstrap: str = ""
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    token_env: str = ""
    token_file: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = ""
    token_url: str = ""
    tls: bool = False


class Remote(msgspec.Struct, forbid_unknown_fields=True):
    """The servers of a cluster."""

    kafka: Access | None = None
    connect: Access | None = None
    ksqldb: Access | None = None
    elasticsearch: Access | None = None
    grafana: Access | None = None


class Profile(Remote):
    """A table [profiles.NAME]: a named cluster with a colour of its own, read-only unless it says otherwise."""

    kind: Literal["embedded", "docker", "remote"] = "remote"
    color: str = ""
    read_only: bool | None = None
    overlays: list[str] = []

    def servers(self) -> Remote:
        """The servers alone."""
        return Remote(**{name: getattr(self, name) for name in REMOTE})


class Ports(msgspec.Struct, forbid_unknown_fields=True):
    """The ports of the embedded servers; 0 takes any free one."""

    kafka: Port | None = None
    connect: Port | None = None
    ksqldb: Port | None = None
    elasticsearch: Port | None = None
    schema_registry: Port | None = None  # a Schema Registry is started where it has a port


class SettingsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    profile: str | None = None
    home: str | None = None
    read_only: bool | None = None
    ports: Ports | None = None
    keys: dict[str, str] | None = None
    theme: str | None = None
    confirm: Literal["all", "loss"] | None = None
    overlays: list[str] | None = None
    remote: Remote | None = None
    profiles: dict[str, Profile] | None = None
    alerts: list[dict[str, Any]] | None = None


_FORMS: dict[str, type[msgspec.Struct]] = {"ports": Ports, "remote": Remote}


def read(path: Path) -> dict[str, Any]:
    """The file's settings by the name of their field in Settings; only those that it has. Raises ConfigError."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"The settings file {path} cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {path} is not TOML: {error}") from error
    _refuse_secrets(tables, path)
    try:
        found = msgspec.convert(tables, SettingsFile)
    except msgspec.ValidationError as error:
        raise _explained(error, path) from error
    values = {name: value for name in found.__struct_fields__ if (value := getattr(found, name)) is not None}
    if found.ports is not None:
        names = {**{name: name for name in SERVERS}, "schema_registry": REGISTRY}
        values["ports"] = {
            names[name]: port for name in names if (port := getattr(found.ports, name)) is not None
        }  # fmt: skip
    if found.remote is not None:
        values["remote"] = credentials(found.remote, f"{path}: remote")
    if found.alerts is not None:
        values["alerts"] = alerts.parse(found.alerts)
    if found.home is not None:
        values["home"] = Path(found.home).expanduser()
    return values


def _refuse_secrets(tables: dict[str, Any], path: Path) -> None:
    """A password in the file is refused with a word of its own."""
    places = [("remote", tables.get("remote")), *(
        (f"profiles.{name}", each) for name, each in (tables.get("profiles") or {}).items()
    )]  # fmt: skip
    for where, servers in places:
        for name, table in servers.items() if isinstance(servers, dict) else ():
            for key in ("password", "token"):
                if isinstance(table, dict) and key in table:
                    raise ConfigError(f"{path}: {where}.{name}.{key} would keep a secret in the settings",
                                      hint=f"Use {key}_env or {key}_file")  # fmt: skip


def _explained(error: msgspec.ValidationError, path: Path) -> ConfigError:
    """msgspec's refusal in our words: which setting, why, and what was perhaps meant."""
    text = str(error)
    place = re.search(r" - at `\$\.?([^`]*)`", text)
    # a key of a table that may have any is told as [...]
    where = place[1].replace("[...]", ".*").strip(".") if place else ""
    unknown = re.search(r"unknown field `([^`]+)`", text)
    if unknown is None:
        return ConfigError(f"{path}: {where or 'the file'} must be {_wanted(text.split(' - at ')[0])}")
    name = f"{where}.{unknown[1]}" if where else unknown[1]
    known = _known(where)
    near = difflib.get_close_matches(unknown[1], known, 1)
    before = f"{where}." if where else ""
    hint = f"Did you mean '{before}{near[0]}'?" if near else f"Known are: {', '.join(before + each for each in known)}"
    return ConfigError(f"{path} has an unknown setting '{name}'", hint=hint)


_KINDS = {
    "int": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "",
}


def _wanted(text: str) -> str:
    """What msgspec expected, in the words of a settings' file."""
    port = re.search(r"Expected `int` ([<>]=?) (\d+)", text)
    if port is not None:
        return "a number from 0 to 65535"
    kinds = re.search(r"Expected `([^`]+)`, got `([^`]+)`", text)
    if kinds is not None:
        expected = " or ".join(filter(None, (_KINDS.get(kind, kind) for kind in kinds[1].split(" | "))))
        return f"{expected}, not {_KINDS.get(kinds[2], kinds[2])}"
    value = re.search(r"Invalid enum value (.+)", text)
    return f"one that is known, not {value[1]}" if value is not None else f"another one ({text})"


def _known(where: str) -> tuple[str, ...]:
    """The settings of the table at a place."""
    parts = where.split(".") if where else []
    if not parts:
        return SettingsFile.__struct_fields__
    if parts[0] == "profiles":
        return Profile.__struct_fields__ if len(parts) <= 2 else Access.__struct_fields__
    if len(parts) > 1:
        return Access.__struct_fields__
    return _FORMS[parts[0]].__struct_fields__ if parts[0] in _FORMS else SettingsFile.__struct_fields__


def credentials(servers: Remote, where: str) -> dict[str, Credentials]:
    """How each server is reached, with its secrets from where they are. Raises PipelineError."""
    found: dict[str, Credentials] = {}
    for name in REMOTE:
        access: Access | None = getattr(servers, name)
        if access is None:
            continue
        url = access.bootstrap or access.url if name == "kafka" else access.url
        if not url:
            raise ConfigError(f"{where}.{name} has no {'bootstrap' if name == 'kafka' else 'url'}")
        found[name] = Credentials(
            url, access.username, _secret(access.password_env, access.password_file),
            _secret(access.token_env, access.token_file), access.ca, access.certificate, access.key, access.mechanism,
            access.token_url, access.tls,
        )  # fmt: skip
    return found


def _secret(variable: str, file: str) -> Secret:
    if variable:
        return Secret.from_environment(variable)
    return Secret.from_file(file) if file else Secret()
