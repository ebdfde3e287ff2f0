"""Options that several verbs share, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clickstream_tui.cli.output import Format
from clickstream_tui.settings import Settings

Output = Annotated[Format, typer.Option("--output", help="table, json, jsonl or csv")]
AsJson = Annotated[bool, typer.Option("--json", help="the same as --output json")]


def settings_of(context: typer.Context) -> Settings:
    """The settings that the global options gave."""
    return context.find_root().obj


def form_of(output: Format, as_json: bool) -> Format:
    """The format that `--output` and `--json` ask for together."""
    return Format.json if as_json else output


def check_exists(file: Path | None) -> None:
    """Refuses a file that is not there, as wrong usage."""
    if file is not None and str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.")


def pairs(items: list[str] | None, option: str) -> dict[str, str]:
    """Texts of the form name=value, as a mapping."""
    found: dict[str, str] = {}
    for item in items or []:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{option} takes name=value, not '{item}'.")
        found[name] = value
    return found
