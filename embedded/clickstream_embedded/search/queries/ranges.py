"""The range query: numbers, dates with maths and formats, and terms."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.errors import ShardError, illegal
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, truth
from clickstream_embedded.search.queries.base import NONE, Context, Field, Query, Sql

_KNOWN = {"gt", "gte", "lt", "lte", "from", "to", "include_lower", "include_upper", "format", "time_zone", "relation"}


def range_query(body: Any) -> Query:
    name, given = one_field("range", body, _KNOWN, "")
    low, high = given.get("from"), given.get("to")
    with_low, with_high = truth("range", given, "include_lower", True), truth("range", given, "include_upper", True)
    for key in given:  # the last one counts, as in the server
        if key in ("gt", "gte"):
            low, with_low = given[key], key == "gte"
        elif key in ("lt", "lte"):
            high, with_high = given[key], key == "lte"
    low, high = ("]" if isinstance(each, list) else each for each in (low, high))  # the last token of an array
    form, zone = given.get("format"), given.get("time_zone")
    if zone is not None:
        try:
            times.zone(str(zone))
        except times.DateError as error:
            told = {"type": "zone_rules_exception", "reason": str(error)}
            raise illegal(f"java.time.zone.ZoneRulesException: {error}", caused_by=told) from None
    if form is not None:
        try:
            times.check_format(str(form))
        except times.DateError as error:
            inner = str(error).partition("]: ")[2]
            raise illegal(str(error), **({"caused_by": {"type": "illegal_argument_exception", "reason": inner}} if inner else {})
                          ) from None  # fmt: skip
    if given.get("relation") is not None and str(given["relation"]).upper() not in ("WITHIN", "CONTAINS", "INTERSECTS"):
        raise illegal(f"{given['relation']} is not a valid relation")

    def build(context: Context) -> Sql:
        field = context.field(name)
        return bounded(field, low, high, with_low, with_high, context, form, zone) if field is not None else NONE

    shown = {"from": low, "to": high, "include_lower": with_low, "include_upper": with_high}
    more = {key: given[key] for key in ("time_zone", "format") if key in given}
    return finished(build, given, {"range": {name: {**shown, **more, "boost": boost_of(given)}}})


def bounded(
    field: Field, low: Any, high: Any, with_low: bool, with_high: bool, context: Context, form: str | None = None,
    zone: str | None = None,
) -> Sql:  # fmt: skip
    """That a value of the field lies within bounds; None is no bound. Raises ShardError for a bound of another type."""
    if field.kind == "object":
        return NONE
    if zone is not None and field.kind not in ("date", *NUMBERS):
        raise ShardError(
            "query_shard_exception", f"Field [{field.name}] of type [{field.kind}] does not support custom time zones"
        )
    if low is None and high is None:
        return field.exists.constant()
    bounds: list[tuple[str, Any]] = []
    form = str(form or field.rule.get("format", times.DEFAULT_FORMAT))

    def value(given: Any, *, up: bool) -> Any:
        if field.kind == "date":
            return matching.date_of(given, form, context, zone, up=up)
        if field.kind in NUMBERS:
            return matching.number_of(given, field)
        return matching.truth_of(given) if field.kind == "boolean" else matching.text_of(given)

    if low is not None:
        bounds.append((">=" if with_low else ">", value(low, up=not with_low)))
    if high is not None:
        bounds.append(("<=" if with_high else "<", value(high, up=with_high)))
    test = " AND ".join(f"{{}} {sign} ?" for sign, _ in bounds)
    return field.any(test, *(each for _, each in bounds)).constant()
