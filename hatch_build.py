"""The build's own step: makes the parser's tables, so that no process has to (`clickstream_ksql/tables.py`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TABLES = "ksql/clickstream_ksql/grammar.tables"


class GrammarTables(BuildHookInterface[Any]):
    """Writes the tables beside the grammar and has them packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build, editable ones included."""
        sys.path.insert(0, str(Path(self.root, "ksql")))
        from clickstream_ksql.lalr import grammar

        grammar()
        build_data["artifacts"].append(TABLES)
