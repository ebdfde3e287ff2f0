"""The shape of the code: no circle of modules, and nothing so long that it is about two things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PACKAGES = {"clickstream_tui": "tui", "clickstream_widgets": "widgets", "clickstream_pipeline": "pipeline",
            "clickstream_ksql": "ksql", "clickstream_compose": "compose", "clickstream_embedded": "embedded"}  # fmt: skip
FILE, CLASS, FUNCTION = 400, 300, 60  # lines


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=False, cache_dir=None)


def sources() -> Iterator[Path]:
    for folder in (*PACKAGES.values(), "tests", "benchmarks"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if ".venv" not in path.parts)


def circles() -> list[list[str]]:
    """The groups of modules that import each other, after Tarjan; an import inside a function counts."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in graph().find_modules_directly_imported_by(module):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            at = stack.index(module)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for module in sorted(graph().modules):
        if module not in index:
            visit(module)
    return [group for group in found if len(group) > 1]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == []


def test_the_graph_holds_all_packages() -> None:
    """A check over an empty graph would pass for nothing."""
    for package, folder in PACKAGES.items():
        files = list((ROOT / folder / package).rglob("*.py"))
        assert (
            sum(module == package or module.startswith(f"{package}.") for module in graph().modules) >= len(files) > 0
        )


def lengths() -> Iterator[tuple[str, int, int]]:
    """(name, lines, most) of every file, class and function."""
    for path in sources():
        text, name = path.read_text("utf-8"), path.relative_to(ROOT)
        yield f"{name}: the file", text.count("\n"), FILE
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{name}: {node.name}", lines, CLASS if isinstance(node, ast.ClassDef) else FUNCTION


def test_nothing_is_so_long_that_it_is_about_two_things() -> None:
    found = list(lengths())
    assert len(found) > 1000  # over nothing at all it would hold too
    assert [name for name, lines, most in found if lines > most] == []
