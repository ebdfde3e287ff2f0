"""The range query: numbers, dates with maths and formats, and terms."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.errors import ShardError, illegal
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.arguments import boost_of, finished, one_field, truth
from clickstream_embedded.search.queries.base import NONE, Context, Field, Query, Sql

_KNOWN = {"gt", "gte", "lt", "lte", "from", "to", "include_lower", "include_upper", "format", "time_zone", "relation"}


def range_query(body: Any) -> Query:
    name, given = one_field("range", body, _KNOWN, "")
    low = high = None
    with_low = with_high = True
    for key in given:  # the last one counts, as in the server
        if key in ("gt", "gte", "from"):
            low, with_low = given[key], with_low if key == "from" else key == "gte"
        elif key in ("lt", "lte", "to"):
            high, with_high = given[key], with_high if key == "to" else key == "lte"
        elif key == "include_lower":
            with_low = truth("range", given, key, True)
        elif key == "include_upper":
            with_high = truth("range", given, key, True)
    low, high = ("]" if isinstance(each, list) else each for each in (low, high))  # the last token of an array
    form, zone = (None if given.get(key) is None else matching.text_of(given[key]) for key in ("format", "time_zone"))
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
        raise illegal(f"{matching.text_of(given['relation'])} is not a valid relation")

    def build(context: Context) -> Sql:
        field = context.field(name)
        relation = str(given.get("relation") or "intersects").lower()
        try:
            return (
                bounded(field, low, high, with_low, with_high, context, form, zone, relation)
                if field is not None
                else NONE
            )
        except ShardError as error:
            error.is_early = error.kind == "parse_exception"  # whether the shard has such dates is looked at before
            raise

    shown = {"from": low, "to": high, "include_lower": with_low, "include_upper": with_high}
    more = {key: given[key] for key in ("time_zone", "format") if key in given}
    return finished(build, given, {"range": {name: {**shown, **more, "boost": boost_of(given)}}})


def bounded(
    field: Field, low: Any, high: Any, with_low: bool, with_high: bool, context: Context, form: str | None = None,
    zone: str | None = None, relation: str = "intersects",
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
    if field.kind in kinds.RANGES:
        signs = (("gte" if with_low else "gt", low), ("lte" if with_high else "lt", high))
        try:
            ends = kinds.ends(
                dict(signs),
                kinds.RANGES[field.kind],
                str(form or field.rule.get("format", times.DEFAULT_FORMAT)),
                context.now,
            )
        except kinds.KindError as error:
            raise ShardError(error.kind, str(error)) from None
        except times.DateError as error:
            raise matching.date_failed(error) from None
        return field.any(f"meets({{}}, '{relation}', ?, ?)", *ends).constant()
    bounds: list[tuple[str, Any]] = []
    form = str(form or field.rule.get("format", times.DEFAULT_FORMAT))

    def value(given: Any, *, up: bool) -> Any:
        if field.kind == "date":
            return matching.date_of(given, form, context, zone, up=up)
        if field.kind in NUMBERS:
            return matching.number_of(given, field)
        if field.kind == "ip":
            try:
                return kinds.ip_kept(given)
            except kinds.KindError as error:
                raise ShardError(error.kind, str(error)) from None
        return matching.truth_of(given) if field.kind == "boolean" else matching.text_of(given)

    if low is not None:
        bounds.append((">=" if with_low else ">", value(low, up=not with_low)))
    if high is not None:
        bounds.append(("<=" if with_high else "<", value(high, up=with_high)))
    test = " AND ".join(f"{{}} {sign} ?" for sign, _ in bounds)
    return field.any(test, *(each for _, each in bounds)).constant()
