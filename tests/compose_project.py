"""The compose files as compose merges them, read without compose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "compose"
FORMS: tuple[tuple[str, ...], ...] = (
    (), ("kraft",), ("low-memory",), ("no-ulimits",), ("cluster",), ("cluster", "low-memory"), ("kraft", "low-memory"),
    ("tutorial",),
)  # fmt: skip


def project(overlays: tuple[str, ...]) -> dict[str, Any]:
    """The services of the base file under the overlays, with the variables of the environment file that goes with them.

    An environment variable without a value is taken away, as compose does where the shell has none of that name.
    """
    file = FOLDER / (".env.homework" if "tutorial" in overlays else ".env")
    variables = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and line[0] != "#")
    services: dict[str, Any] = {}
    for name in ("docker-compose", *overlays):
        text = re.sub(
            r"\$\{(\w+)(?::-([^}]*))?\}",
            lambda m: variables.get(m[1], m[2] or ""),
            (FOLDER / f"{name}.yml").read_text(),
        )
        for service, body in yaml.safe_load(text)["services"].items():
            known = services.setdefault(service, {"environment": {}, "volumes": []})
            for key, value in body.items():
                if key == "environment":
                    known[key].update(value)
                elif key in ("volumes", "ports"):
                    known[key] = [*known.get(key, []), *value]
                else:
                    known[key] = value
    for body in services.values():
        body["environment"] = {key: str(value) for key, value in body["environment"].items() if value is not None}
    return services
