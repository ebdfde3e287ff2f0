"""Settings: command line over environment over file over default."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from clickstream_pipeline import alerts
from clickstream_pipeline.credentials import Credentials, Secret
from clickstream_pipeline.errors import PipelineError

PROFILES = ("embedded", "docker", "remote")
SERVERS = ("kafka", "connect", "ksqldb", "elasticsearch")
REMOTE = (*SERVERS, "grafana")


class ConfigError(PipelineError):
    """The settings cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `ports` are those of the embedded servers, 0 for any free one."""

    profile: str = "embedded"
    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("clickstream-tui")))
    read_only: bool = False
    ports: dict[str, int] = field(default_factory=dict[str, int])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    theme: str = "textual-dark"
    verbose: bool = False
    overlays: list[str] = field(default_factory=list[str])
    dashboard: Path | None = None
    replay: Path | None = None
    alerts: tuple[alerts.Rule, ...] = alerts.DEFAULT
    remote: dict[str, Credentials] = field(default_factory=dict[str, Credentials])


_KNOWN = ("profile", "home", "read_only", "ports", "keys", "theme", "overlays", "remote", "alerts")
_ACCESS = ("url", "bootstrap", "username", "password_env", "password_file", "token_env", "token_file", "ca", "certificate",
           "key", "mechanism", "token_url", "tls")  # fmt: skip


def _unknown(name: str, known: tuple[str, ...], where: Path) -> ConfigError:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(known)}"
    return ConfigError(f"{where} has an unknown setting '{name}'", hint=hint)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"The settings file {path} cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {path} is not TOML: {error}") from error


def _from_file(path: Path) -> dict[str, Any]:
    values = _read(path)
    for name in values:
        if name not in _KNOWN:
            raise _unknown(name, _KNOWN, path)
    for name, port in values.get("ports", {}).items():
        if name not in SERVERS:
            raise _unknown(f"ports.{name}", tuple(f"ports.{server}" for server in SERVERS), path)
        if not isinstance(port, int) or not 0 <= port < 65536:
            raise ConfigError(f"{path}: ports.{name} must be a number from 0 to 65535, not {port!r}")
    values["remote"] = {name: _access(name, table, path) for name, table in values.get("remote", {}).items()}
    if "alerts" in values:
        values["alerts"] = alerts.parse(values["alerts"])
    if "home" in values:
        values["home"] = Path(values["home"]).expanduser()
    return values


def _access(name: str, table: dict[str, Any], path: Path) -> Credentials:
    """One table [remote.<server>]. Secrets come from the environment or a file, never from the settings themselves."""
    if name not in REMOTE:
        raise _unknown(f"remote.{name}", tuple(f"remote.{server}" for server in REMOTE), path)
    for key in table:
        if key in ("password", "token"):
            raise ConfigError(f"{path}: remote.{name}.{key} would keep a secret in the settings",
                              hint=f"Use {key}_env or {key}_file")  # fmt: skip
        if key not in _ACCESS:
            raise _unknown(f"remote.{name}.{key}", tuple(f"remote.{name}.{each}" for each in _ACCESS), path)
    values = {key: value for key, value in table.items() if not key.endswith(("_env", "_file")) and key != "bootstrap"}
    values["url"] = str(table.get("bootstrap" if name == "kafka" else "url", ""))
    if not values["url"]:
        raise ConfigError(f"{path}: remote.{name} has no {'bootstrap' if name == 'kafka' else 'url'}")
    for secret in ("password", "token"):
        if f"{secret}_env" in table:
            values[secret] = Secret.from_environment(str(table[f"{secret}_env"]))
        elif f"{secret}_file" in table:
            values[secret] = Secret.from_file(str(table[f"{secret}_file"]))
    return Credentials(**values)


def load(config: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings in force; overrides that are None do not count. Raises ConfigError."""
    environment = os.environ if environment is None else environment
    settings = Settings()
    default = Path(platformdirs.user_config_dir("clickstream-tui")) / "config.toml"
    said = False
    if config is not None or default.exists():
        values = _from_file(config or default)
        said = "read_only" in values
        settings = replace(settings, **values)
    if environment.get("CLICKSTREAM_HOME"):
        settings = replace(settings, home=Path(environment["CLICKSTREAM_HOME"]).expanduser())
    if environment.get("CLICKSTREAM_PORTS") == "free":
        settings = replace(settings, ports=dict.fromkeys(SERVERS, 0))
    settings = replace(settings, **{name: value for name, value in overrides.items() if value is not None})
    if settings.profile not in PROFILES:
        raise ConfigError(f"There is no profile '{settings.profile}'", hint=f"There are: {', '.join(PROFILES)}")
    if settings.profile == "remote":
        missing = [name for name in ("ksqldb", "connect", "elasticsearch", "kafka") if name not in settings.remote]
        if missing:
            tables = ", ".join(f"[remote.{name}]" for name in missing)
            raise ConfigError(f"The profile remote needs its servers in the settings: {tables}",
                              hint="See docs/configuration.md")  # fmt: skip
        if overrides.get("read_only") is None and not said:
            settings = replace(settings, read_only=True)  # somebody else's clusters are changed only when asked for
    return replace(settings, home=settings.home.absolute())
