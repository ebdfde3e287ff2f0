"""Operators' work on whole batches: loops generated around compiled expressions, where `r` is the row.

Each raises what an expression in it raises; the operator then finds the record at fault one by one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.operators.aggregation import Groups
from clickstream_embedded.ksqldb.operators.joins import Fused
from clickstream_embedded.ksqldb.operators.operator import Batch

OfBatch = Callable[[Batch], Batch]


def passing(compiler: Compiler, condition: str) -> OfBatch:
    """WHERE on a stream."""
    return compiler.evaluate(f"lambda batch: [x for x in batch if (r := x[1]) is not None and ({condition})]")


def table_passing(compiler: Compiler, condition: str, *, quiet: bool) -> OfBatch:
    """WHERE or HAVING on a table; see `TableFilter`."""
    return compiler.define(
        "def passing(batch):\n"
        "    out = []\n"
        "    for x in batch:\n"
        "        r = x[4]\n"
        f"        passed = r is not None and ({condition})\n"
        "        r = x[1]\n"
        f"        if r is not None and ({condition}):\n"
        "            out.append(x if passed or x[4] is None else (x[0], r, x[2], x[3], None))\n"
        f"        elif passed or {not quiet}:\n"
        "            out.append((x[0], None, x[2], x[3], x[4] if passed else None))\n"
        "    return out\n",
        "passing",
    )


def projecting(compiler: Compiler, row: str) -> OfBatch:
    """SELECT."""
    return compiler.evaluate(
        f"lambda batch: [(k, None if r is None else {row}, ts, w, None) for k, r, ts, w, _ in batch]"
    )


def grouping(compiler: Compiler, keys: list[str], *, counts: bool) -> Callable[[Batch, int], Groups]:
    """`Grouping.group` for keys of scalars."""
    compiler.names["defaultdict"] = defaultdict
    compiler.names["by_key"] = lambda: defaultdict[Any, list[Any]](list)
    if len(keys) == 1:  # a key of one column is made a tuple once for each group, not for each record
        key, is_null = keys[0], "key is None"
        result = "{pane: {(key,): found for key, found in groups.items()} for pane, groups in panes.items()}"
    else:
        key, is_null, result = f"({', '.join(keys)})", "None in key", "panes"
    return compiler.define(
        "def group(batch, pane):\n"
        "    panes = defaultdict(by_key)\n"
        "    low = high = 0\n"
        "    for x in batch:\n"
        "        r = x[1]\n"
        "        if r is None: continue\n"
        f"        key = {key}\n"
        f"        if {is_null}: continue\n"
        "        time = x[2]\n"
        "        if not low <= time < high:\n"
        "            low = time - time % pane\n"
        "            high = low + pane\n"
        "            groups = panes[low]\n"
        f"        groups[key].append({'time' if counts else 'x'})\n"
        f"    return {result}\n",
        "group",
    )


def joining(compiler: Compiler, key: str, row: str, width: int) -> Fused:
    """A stream-table join and the projection behind it, without the joined row, `width` columns from the left, between
    them."""

    def place(match: re.Match[str]) -> str:
        number = int(match[1])
        return f"r[{number}]" if number < width else f"o[{number - width}]"

    joined = re.sub(r"\br\[(\d+)\]", place, row)
    return compiler.define(
        "def join(batch, table, absent, keep):\n"
        "    out, get = [], table.get\n"
        "    for _, r, ts, _, _ in batch:\n"
        "        if r is None: continue\n"
        f"        key = {key}\n"
        "        if key is None: continue\n"
        "        o = get(key)\n"
        "        if o is None:\n"
        "            if not keep: continue\n"
        "            o = absent\n"
        f"        out.append(((key,), {joined}, ts, None, None))\n"
        "    return out\n",
        "join",
    )
