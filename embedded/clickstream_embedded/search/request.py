"""The body and the parameters of a search, read and checked before anything is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clickstream_embedded.search import durations, highlighting, hits, sorting, suggesting
from clickstream_embedded.search.aggregations import checks, tree
from clickstream_embedded.search.errors import SearchError, ShardError, content, field_failed, illegal, parsing
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.queries import values as tokens
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.queries.base import Query
from clickstream_embedded.search.queries.nested import checked_inner
from clickstream_embedded.search.sorting import SortKey

# the keys of a search's body: the type of value that the parser of the server takes for each
_VALUES = ("VALUE_STRING", "VALUE_NUMBER", "VALUE_BOOLEAN")
KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("from", "size", "min_score", "terminate_after", "timeout", "track_total_hits"), _VALUES),
    **dict.fromkeys(("version", "seq_no_primary_term", "explain", "track_scores", "profile"), _VALUES),
    **dict.fromkeys(("query", "post_filter", "aggs", "aggregations", "collapse", "highlight", "script_fields", "slice", "suggest", "ext"),
                    ("START_OBJECT",)),
    "_source": (*_VALUES, "START_ARRAY", "START_OBJECT"), "sort": (*_VALUES, "START_OBJECT", "START_ARRAY"),
    **dict.fromkeys(("search_after", "docvalue_fields", "stats"), ("START_ARRAY",)), "stored_fields": ("START_ARRAY", *_VALUES),
    **dict.fromkeys(("indices_boost", "rescore"), ("START_ARRAY", "START_OBJECT")),
}  # fmt: skip
_WHOLE = ("from", "size", "terminate_after")
_TRUTH = ("version", "seq_no_primary_term", "track_scores", "explain", "profile")
_DEFAULT_TOTAL = 10_000


@dataclass(frozen=True, slots=True)
class Rescore:
    """A second query for the best hits, and how its score is put together with the first one."""

    query: Query
    window: int
    weights: tuple[float, float]
    mode: str


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was read."""

    query: Query | None = None
    aggregations: tuple[tree.Node, ...] = ()
    size: int = 10
    start: int = 0
    sort: tuple[SortKey, ...] = ()
    after: list[Any] | None = None
    post_filter: Query | None = None
    min_score: float | None = None
    source: hits.Source = field(default_factory=lambda: hits.Source([], []))
    docvalues: hits.Docvalues = field(default_factory=lambda: hits.Docvalues(None))
    total: int | None = _DEFAULT_TOTAL  # counted up to here exactly; None: not at all
    collapse: str | None = None
    version: bool = False
    numbers: bool = False
    track_scores: bool = False
    terminate_after: int = 0
    slice_of: tuple[int, int] | None = None
    highlight: dict[str, Any] | None = None
    no_source_given: bool = True
    profile: bool = False
    boosts: tuple[tuple[str, float], ...] = ()  # by patterns of indices; the first that fits counts
    suggest: dict[str, Any] | None = None
    rescore: tuple[Rescore, ...] = ()
    explain: bool = False
    collapsed: tuple[dict[str, Any], ...] = ()  # the inner hits of each group
    bare: bool = False  # `stored_fields: _none_`: hits without their ids
    scripts: dict[str, Any] | None = None  # `script_fields`

    def with_size(self, size: int) -> Search:
        return replace(self, size=size)


def whole(value: Any) -> int:
    """Raises SearchError for what is no whole number."""
    try:
        return int(float(value)) if isinstance(value, str) else int(value)
    except (TypeError, ValueError):
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"') from None


def real(value: Any) -> float:
    """Raises SearchError for what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"') from None


def int_parameter(given: Mapping[str, str], name: str) -> int:
    """A parameter that is a whole number. Raises SearchError."""
    try:
        return int(given[name])
    except ValueError:
        cause = {"type": "number_format_exception", "reason": f'For input string: "{given[name]}"'}
        raise illegal(f"Failed to parse int parameter [{name}] with value [{given[name]}]", caused_by=cause) from None


def truth(value: Any, name: str = "") -> bool:
    """Raises SearchError for what is neither true nor false."""
    if value in (True, "true", ""):
        return True
    if value in (False, "false"):
        return False
    raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")


def _total(value: Any) -> int | None:
    if value in (True, "true", ""):
        return 2**62
    if value in (False, "false"):
        return None
    count = whole(value)
    if count == -1:  # as false, whatever its message says of it
        return None
    if count < 0:
        cause = {"type": "illegal_argument_exception", "reason": f"value must be >= 0, got {count}"}
        raise SearchError(400, "search_phase_execution_exception", "", phase="fetch", grouped=True, failed_shards=[], caused_by=cause,
                          root_cause=[])  # fmt: skip
    return count or None


def read(body: Any, parameters: Mapping[str, str] | None = None) -> Search:
    """The search of a body and the parameters beside it. Raises SearchError in the server's words."""
    if not isinstance(body, dict):
        raise parsing(f"Expected [START_OBJECT] but found [{token(body)}]")
    for key, value in body.items():
        if key not in KEYS or token(value) not in KEYS[key]:
            raise parsing(f"Unknown key for a {token(value)} in [{key}].", body, key)
        if key in _WHOLE or (key == "track_total_hits" and value not in (True, False, "true", "false")):
            tokens.whole(body, key)
        elif key in _TRUTH:
            tokens.truth(body, key)
        elif key == "min_score":
            tokens.decimal(body, key)
    _refused(body)
    query = registry.parse(body["query"]) if "query" in body else None
    post = registry.parse(body["post_filter"]) if "post_filter" in body else None
    nodes = checks.checked(tree.parse(next((body[key] for key in ("aggs", "aggregations") if key in body), {})))
    stored = body.get("stored_fields")
    with_source = stored is None or "_source" in (stored if isinstance(stored, list) else [stored])
    shown = body.get("_source", None if with_source else False)
    found = Search(
        query, nodes, whole(body.get("size", 10)), whole(body.get("from", 0)), tuple(sorting.parse(body.get("sort"))),
        body.get("search_after"), post, real(body["min_score"]) if "min_score" in body else None,
        hits.source_of(shown, body), hits.Docvalues(body.get("docvalue_fields")), _total(body.get("track_total_hits", _DEFAULT_TOTAL)),
        _collapse(body.get("collapse")), truth(body.get("version", False)), truth(body.get("seq_no_primary_term", False)),
        truth(body.get("track_scores", False)), whole(body.get("terminate_after", 0)), _slice(body.get("slice")),
        highlighting.check(body["highlight"]) if body.get("highlight") else None, "_source" not in body, truth(body.get("profile", False)), _boosts(body.get("indices_boost")),
        suggesting.checked(body["suggest"]) if body.get("suggest") else None, _rescores(body.get("rescore")),
        truth(body.get("explain", False)), _inner_of(body.get("collapse")), stored == "_none_", body.get("script_fields"),
    )  # fmt: skip
    found = _with_parameters(found, parameters or {})
    return _checked(found)


def refuse_scripts(scripts: dict[str, Any] | None) -> None:
    """What a shard finds out once query, sort and aggregations are read: there is no language of scripts. Raises ShardError."""
    if not scripts:
        return
    script = next(iter(scripts.values()), None)
    if script == {}:
        raise ShardError("null_pointer_exception", None, 500)
    inner = script.get("script") if isinstance(script, dict) else None
    lang = inner.get("lang", "painless") if isinstance(inner, dict) else "painless"
    raise ShardError("illegal_argument_exception", f"script_lang not supported [{lang}]")


def _checked(found: Search) -> Search:
    if found.size == -1 or found.start == -1:
        found = replace(
            found, size=10 if found.size == -1 else found.size, start=0 if found.start == -1 else found.start
        )
    if found.size < 0:
        told = "numHits must be > 0; please use TotalHitCountCollector if you just need the total hit count"
        raise ShardError("illegal_argument_exception", told)
    if found.start < 0:
        told = f"Index {found.start} out of bounds for length {found.start + found.size}"
        raise ShardError("array_index_out_of_bounds_exception", told, 500)
    if found.after == []:
        raise illegal("Values must contains at least one value.")
    if found.rescore and found.collapse is not None:
        raise ShardError("search_exception", "cannot use `collapse` in conjunction with `rescore`", 500)
    if found.after is not None and found.collapse is not None:
        raise ShardError("search_exception", "cannot use `collapse` in conjunction with `search_after`", 500)
    if found.after is not None and found.start > 0:
        raise ShardError("search_exception", "`from` parameter must be set to 0 when `search_after` is used.", 500)
    return found


def _refused(body: dict[str, Any]) -> None:
    """Raises SearchError for the parts that are not there."""
    if body.get("ext"):
        told = "unknown named object category [org.elasticsearch.search.SearchExtBuilder]"
        raise SearchError(400, "named_object_not_found_exception", told)
    if "timeout" in body:
        durations.millis(tokens.text(body, "timeout"), "timeout")


def _boosts(given: Any) -> tuple[tuple[str, float], ...]:
    """`indices_boost`: a list of objects with one index each, or one object."""
    if given is None:
        return ()
    found: list[tuple[str, float]] = []
    for each in given if isinstance(given, list) else [given]:
        if not isinstance(each, dict):
            raise parsing(
                f"Expected [START_OBJECT] in [indices_boost] but found [{token(each)}]", given, given.index(each)
            )
        found += [(str(name), real(value)) for name, value in each.items()]
    return tuple(found)


def _collapse(given: Any) -> str | None:
    if given is None:
        return None
    for key in given:
        if key not in ("field", "inner_hits", "max_concurrent_group_searches"):
            raise content(f"[collapse] unknown field [{key}], parser not found", given, key)
    if "field" not in given:
        told = 'Cannot invoke "String.equals(Object)" because "name" is null'
        raise ShardError("null_pointer_exception", told, 500)
    return str(given["field"])


_RESCORE_MODES = ("total", "multiply", "avg", "max", "min")


def _rescores(given: Any) -> tuple[Rescore, ...]:
    """Raises SearchError."""
    found: list[Rescore] = []
    for each in given if isinstance(given, list) else [] if given is None else [given]:
        inner = each.get("query")
        if inner is None:
            raise parsing("missing rescore type", each)
        for key in inner:
            if key not in ("rescore_query", "query_weight", "rescore_query_weight", "score_mode"):
                raise content(f"[query] unknown field [{key}], parser not found", inner, key)
        if "rescore_query" not in inner:
            raise illegal("rescore_query cannot be null")
        mode = str(inner.get("score_mode", "total")).lower()
        if mode not in _RESCORE_MODES:
            raise illegal(f"illegal score_mode [{mode}]")
        weights = real(inner.get("query_weight", 1.0)), real(inner.get("rescore_query_weight", 1.0))
        found.append(Rescore(registry.parse(inner["rescore_query"]), whole(each.get("window_size", 10)), weights, mode))
    return tuple(found)


def _inner_of(given: Any) -> tuple[dict[str, Any], ...]:
    """The inner hits of a collapse, one or more. Raises SearchError."""
    inner = given.get("inner_hits") if isinstance(given, dict) else None
    listed = inner if isinstance(inner, list) else [] if inner is None else [inner]
    return tuple(checked_inner(each) for each in listed)


def _slice(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    number, most = whole(given.get("id", -1)), whole(given.get("max", -1))
    if most <= 1:
        raise field_failed("slice", given, "max", "illegal_argument_exception", "max must be greater than 1")
    if number < 0:
        raise field_failed("slice", given, "id", "illegal_argument_exception", "id must be greater than or equal to 0")
    if number >= most:
        last = [key for key in given if key in ("id", "max")][-1]
        raise field_failed("slice", given, last, "illegal_argument_exception", "max must be greater than id")
    return number, most


def _with_parameters(found: Search, given: Mapping[str, str]) -> Search:
    if "q" in given:
        found = replace(found, query=uri_query(given))
    for name, attribute in (("size", "size"), ("from", "start"), ("terminate_after", "terminate_after")):
        if name in given:
            number = int_parameter(given, name)
            if name == "terminate_after" and number < 0:
                raise illegal("terminateAfter must be > 0")
            found = replace(found, **{attribute: number})
    if "sort" in given:
        found = replace(found, sort=tuple(sorting.from_text(given["sort"])))
    if "track_total_hits" in given:
        found = replace(found, total=_total(given["track_total_hits"]))
    found = _with_total(found, given)
    if "stored_fields" in given and found.no_source_given:
        found = replace(found, source=hits.Source([], [], shown=False), bare=given["stored_fields"] == "_none_")
    if any(name in given for name in ("_source", "_source_includes", "_source_excludes")):
        found = replace(found, source=source_from(given))
    if "docvalue_fields" in given:
        found = replace(found, docvalues=hits.Docvalues(given["docvalue_fields"].split(",")))
    for name, attribute in (
        ("version", "version"),
        ("seq_no_primary_term", "numbers"),
        ("track_scores", "track_scores"),
    ):
        if name in given:
            found = replace(found, **{attribute: truth(given[name])})
    return found


def _with_total(found: Search, given: Mapping[str, str]) -> Search:
    """The total as a plain number is an exact one. Raises SearchError."""
    if truth(given.get("rest_total_hits_as_int", "false")):
        if "track_total_hits" not in given and found.total == _DEFAULT_TOTAL:
            found = replace(found, total=2**62)
        elif found.total is not None and found.total < 2**62:
            raise illegal(
                f"[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got {found.total}"
            )
    return found


def source_from(given: Mapping[str, str]) -> hits.Source:
    """What the parameters `_source`, `_source_includes`, `_source_excludes` ask for."""
    plain = given.get("_source")
    includes = [] if plain in (None, "true", "false", "") else str(plain).split(",")
    includes += given["_source_includes"].split(",") if "_source_includes" in given else []
    excludes = given["_source_excludes"].split(",") if "_source_excludes" in given else []
    return hits.Source(includes, excludes, shown=plain != "false")


def uri_query(given: Mapping[str, str]) -> Query:
    """The query of the parameter `q` and those beside it."""
    body: dict[str, Any] = {"query": given["q"]}
    for name, key in (("df", "default_field"), ("analyzer", "analyzer"), ("default_operator", "default_operator"),
                      ("lenient", "lenient"), ("analyze_wildcard", "analyze_wildcard")):  # fmt: skip
        if name in given:
            body[key] = given[name]
    return registry.parse({"query_string": body})
