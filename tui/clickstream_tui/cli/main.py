"""The way in: one command line in, one exit code out."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import typer

from clickstream_pipeline.errors import Misuse, PipelineError, StatementError, Unreachable
from clickstream_tui.cli.commands import command
from clickstream_tui.cli.exit_codes import DONE, DOWN, FAILED, INTERRUPTED, USAGE
from clickstream_tui.cli.output import GuardedOutput, OutputClosed
from clickstream_tui.settings_file import ConfigError

# typer brings its own copy of click, whose base of all usage errors has no public name
_UsageError: Any = typer.BadParameter.__mro__[1]

_VALUED = ("--profile", "--config", "--home", "--dashboard", "--replay")
_FLAGS = ("--read-only", "-v", "--verbose")


def _global_options_first(arguments: list[str]) -> list[str]:
    """Global options may stand before or behind the verb: moves them to the front."""
    front: list[str] = []
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            rest += [item, *items]
        elif item in _FLAGS or (item.split("=", 1)[0] in _VALUED and "=" in item):
            front.append(item)
        elif item in _VALUED:
            front += [item, *([value] if (value := next(items, None)) is not None else [])]
        else:
            rest.append(item)
    return front + rest


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; gives the exit code. Who reads our output may go away: that is no failure."""
    output, sys.stdout = sys.stdout, GuardedOutput(sys.stdout)
    try:
        code = _main(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return code
    except OutputClosed:
        sys.stdout.discard()
        return DONE
    finally:
        sys.stdout = output


def _main(arguments: list[str]) -> int:
    given = _global_options_first(arguments)
    verbose = "-v" in given or "--verbose" in given
    try:
        result = command().main(given, prog_name="clickstream-tui", standalone_mode=False)
        return result if isinstance(result, int) else DONE
    except typer.Exit as stop:
        return stop.exit_code
    except _UsageError as error:
        print(error.format_message(), file=sys.stderr)
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except PipelineError as error:
        if verbose:
            traceback.print_exc()
        print(_sentence(error), file=sys.stderr)
        if isinstance(error, ConfigError | Misuse):
            return USAGE
        return DOWN if isinstance(error, Unreachable) else FAILED


def _sentence(error: PipelineError) -> str:
    if isinstance(error, StatementError):
        return f"ksqlDB refused the statement: {error}\n  {error.statement.strip()}"
    return str(error)
