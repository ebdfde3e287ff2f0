"""Settings: command line over environment over file over default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from clickstream_pipeline import alerts
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError
from clickstream_tui import settings_file
from clickstream_tui.settings_file import PROFILES, REGISTRY, REMOTE, SERVERS, ConfigError

_OPTION = "Start without --read-only to change things"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `ports` are those of the embedded servers, 0 for any free one.

    `profile` is the kind (embedded, docker or remote); `profile_name` the name of a [profiles.NAME] in force, "" for none.
    `read_only_hint` says how to have changes allowed again. `confirm` is `all`, or `loss`, which asks only before data is lost.
    """

    profile: str = "embedded"
    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("clickstream-tui")))
    read_only: bool = False
    ports: dict[str, int] = field(default_factory=dict[str, int])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    theme: str = "textual-dark"
    confirm: str = "all"
    verbose: bool = False
    overlays: list[str] = field(default_factory=list[str])
    dashboard: Path | None = None
    replay: Path | None = None
    alerts: tuple[alerts.Rule, ...] = alerts.DEFAULT
    remote: dict[str, Credentials] = field(default_factory=dict[str, Credentials])
    profile_name: str = ""
    color: str = ""
    config: Path | None = None
    read_only_hint: str = _OPTION
    profiles: dict[str, settings_file.Profile] = field(default_factory=dict[str, settings_file.Profile])

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The profiles that can be chosen: the kinds, and those of the settings by name."""
        kinds = [kind for kind in PROFILES if kind != "remote" or self.remote]
        return (*(kind for kind in kinds if kind not in self.profiles), *sorted(self.profiles))


def load(config: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings in force; overrides that are None do not count. Raises ConfigError."""
    environment = os.environ if environment is None else environment
    settings = Settings()
    default = Path(platformdirs.user_config_dir("clickstream-tui")) / "config.toml"
    said: bool | None = None
    if config is not None or default.exists():
        path = config or default
        values = settings_file.read(path)
        said = values.get("read_only")
        settings = replace(settings, **values, config=path)
    if environment.get("CLICKSTREAM_HOME"):
        settings = replace(settings, home=Path(environment["CLICKSTREAM_HOME"]).expanduser())
    if environment.get("CLICKSTREAM_PORTS") == "free":
        settings = replace(settings, ports=dict.fromkeys((*SERVERS, *(n for n in settings.ports if n == REGISTRY)), 0))
    settings = replace(settings, **{name: value for name, value in overrides.items() if value is not None})
    settings = for_profile(settings, settings.profile, asked=overrides.get("read_only"), said=said)
    return replace(settings, home=settings.home.absolute())


def for_profile(settings: Settings, name: str, *, asked: bool | None = None, said: bool | None = None) -> Settings:
    """The settings with another profile in force: a kind, or one of the settings' names.

    Args:
        settings: what holds besides.
        name: `embedded`, `docker`, `remote`, or NAME of a [profiles.NAME].
        asked: what the command line says of read-only, None for nothing.
        said: what the settings' file says of it for all profiles, None for nothing.

    Raises:
        ConfigError: there is no such profile, or it lacks servers.
    """
    own = settings.profiles.get(name)
    kind = own.kind if own is not None else name
    if kind not in PROFILES:
        hint = f"There are: {', '.join((*PROFILES, *sorted(settings.profiles)))}"
        raise ConfigError(f"There is no profile '{name}'", hint=hint)
    chosen = replace(settings, profile=kind, profile_name=name if own is not None else "")
    if own is not None:
        said = said if own.read_only is None else own.read_only
        chosen = replace(
            chosen, color=own.color, overlays=list(own.overlays) or chosen.overlays,
            remote=settings_file.credentials(own.servers(), f"profiles.{name}"),
        )  # fmt: skip
    if kind == "remote":
        missing = [server for server in ("ksqldb", "connect", "elasticsearch", "kafka") if server not in chosen.remote]
        if missing:
            where = f"profiles.{name}" if own is not None else "remote"
            tables = ", ".join(f"[{where}.{server}]" for server in missing)
            raise ConfigError(f"The profile {name} needs its servers in the settings: {tables}",
                              hint="See docs/configuration.md")  # fmt: skip
    # somebody else's clusters are changed only when asked for
    read_only = asked if asked is not None else said if said is not None else chosen.read_only or kind == "remote"
    if asked:
        hint = _OPTION
    elif said:
        hint = "The settings say read_only = true" + (f" for the profile {name}" if own is not None else "")
        hint += f": change that in {settings.config}"
    else:
        hint = "Clusters of the profile remote are changed only where the settings say read_only = false"
    return replace(chosen, read_only=read_only, read_only_hint=hint)


def switched(settings: Settings, name: str) -> Settings:
    """The settings as a start with this profile would have them; what the command line said goes on to hold.

    Raises:
        ConfigError: there is no such profile, or it lacks servers.
    """
    asked = True if settings.read_only and settings.read_only_hint == _OPTION else None
    return load(settings.config, profile=name, home=settings.home, read_only=asked, verbose=settings.verbose)


__all__ = [
    "PROFILES",
    "REMOTE",
    "SERVERS",
    "ConfigError",
    "PipelineError",
    "Settings",
    "for_profile",
    "load",
    "switched",
]
