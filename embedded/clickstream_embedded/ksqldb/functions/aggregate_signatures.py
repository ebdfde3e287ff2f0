"""Which arguments an aggregate function takes, and which of them must be written as literals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.functions.resolution import Ambiguous, Index
from clickstream_embedded.ksqldb.functions.signatures import Pattern, pattern, shown
from clickstream_embedded.ksqldb.types.sql_types import SqlType

_NUMBERS = ("INTEGER", "BIGINT", "DOUBLE")
_ORDERED = (*_NUMBERS, "DECIMAL", "STRING", "DATE", "TIME", "TIMESTAMP", "BYTES")
_BY_OFFSET = ("T", "T, BOOLEAN", "T, INTEGER", "T, INTEGER, BOOLEAN")

# the last so many arguments of a call configure the function: one of a list of TOPK, all but the first of *_BY_OFFSET
_SIGNATURES: dict[str, Sequence[str]] = {
    "ATTR": ("T",), "AVG": _NUMBERS, "COLLECT_LIST": ("T",), "COLLECT_SET": ("T",),
    "CORRELATION": tuple(f"{kind}, {kind}" for kind in _NUMBERS), "COUNT": ("", "T"), "COUNT_DISTINCT": ("T",),
    "EARLIEST_BY_OFFSET": _BY_OFFSET, "LATEST_BY_OFFSET": _BY_OFFSET, "HISTOGRAM": ("STRING",),
    "MAX": _ORDERED, "MIN": _ORDERED, "STDDEV_SAMP": _NUMBERS, "STDDEV_SAMPLE": _NUMBERS,
    "SUM": (*_NUMBERS, "DECIMAL"), "SUM_LIST": tuple(f"ARRAY<{kind}>" for kind in _NUMBERS),
    "TOPK": tuple(f"{kind}, INTEGER" for kind in _ORDERED),
    "TOPKDISTINCT": tuple(f"{kind}, INTEGER" for kind in _ORDERED),
}  # fmt: skip
_LOWER = ("ATTR", "COLLECT_LIST", "COLLECT_SET", "EARLIEST_BY_OFFSET", "LATEST_BY_OFFSET")


@dataclass(frozen=True, slots=True)
class _Variant:
    parameters: tuple[Pattern, ...]
    variadic: bool = False

    def __str__(self) -> str:
        return ", ".join(map(str, self.parameters))


def _variants(name: str) -> list[_Variant]:
    texts = [signature.split(", ") if signature else [] for signature in _SIGNATURES[name]]
    return [_Variant(tuple(map(pattern, parts))) for parts in texts]


_VARIANTS = {name: _variants(name) for name in _SIGNATURES}
_INDEXES = {name: Index(variants) for name, variants in _VARIANTS.items()}


def check_arguments(name: str, kinds: Sequence[SqlType]) -> int:
    """Which of an aggregate function's signatures a call means.

    Args:
        name: The function, in capitals.
        kinds: The types of all arguments, also of literals.

    Returns:
        How many of the last arguments must be literals.

    Raises:
        KsqlError: The function does not take them.
    """
    wanted = [*kinds[:1], *kinds[-1:]] if name == "TOPK" and len(kinds) > 2 else kinds
    try:
        found = _INDEXES[name].find(wanted)
    except Ambiguous:
        found = None
    if found is None:
        called = name.lower() if name in _LOWER else name
        valid = "\n".join(f"{name}({variant})" for variant in _VARIANTS[name])
        raise KsqlError(
            f"Function '{called}' does not accept parameters ({', '.join(map(shown, kinds))}).\n"
            f"Valid alternatives are:\n{valid}\n"
            "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"
        )
    if name in _LOWER and wanted[0].name == "NULL":  # they give what they are given, and null has no type
        raise KsqlError("Was expecting type as a function argument")
    if name.startswith("TOPK"):
        return 1
    return len(found.parameters) - 1 if name.endswith("_BY_OFFSET") else 0
