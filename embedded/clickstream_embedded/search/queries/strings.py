"""query_string: Lucene's classic syntax over one or many fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.errors import SearchError, ShardError, illegal, parsing
from clickstream_embedded.search.queries import matching, simple, terms, texts
from clickstream_embedded.search.queries.arguments import boost_of, finished, options, token, truth, whole
from clickstream_embedded.search.queries.base import ALL, NONE, Context, Field, Query, Sql
from clickstream_embedded.search.queries.compound import best, least_of, summed
from clickstream_embedded.search.queries.ranges import bounded
from clickstream_embedded.search.queries.syntax import Clause, Group, Leaf, SyntaxFault, parse

_KNOWN = {
    "query", "default_field", "fields", "default_operator", "analyzer", "quote_analyzer", "allow_leading_wildcard",
    "max_determinized_states", "enable_position_increments", "escape", "fuzzy_prefix_length", "fuzzy_max_expansions",
    "fuzzy_rewrite", "phrase_slop", "fuzziness", "type", "tie_breaker", "analyze_wildcard", "rewrite", "lenient",
    "minimum_should_match", "quote_field_suffix", "time_zone", "fuzzy_transpositions", "auto_generate_synonyms_phrase_query",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """What the options of a request make of a tree."""

    given: dict[str, Any]
    fields: list[Any]
    lenient: bool
    with_and: bool
    context: Context
    is_simple: bool = False

    def targets(self, name: str | None) -> list[tuple[Field, float]]:
        """The fields that a leaf is asked of."""
        names = self.fields if name is None else [name]
        return texts.boosted_fields(names, self.context)

    def group(self, group: Group, *, outer: bool = False) -> Sql | None:
        """A group's condition; None where nothing in it means anything."""
        signs: list[str] = []
        parts: list[Sql] = []
        for clause in group.clauses:
            inner = self.group(clause.inner) if isinstance(clause.inner, Group) else self.leaf(clause.inner)
            self._sign(signs, clause, inner is not None)
            if inner is not None:
                parts.append(inner)
        if not parts:
            return None
        must = [part for part, sign in zip(parts, signs, strict=True) if sign == "+"]
        should = [part for part, sign in zip(parts, signs, strict=True) if sign == ""]
        without = [part for part, sign in zip(parts, signs, strict=True) if sign == "-"]
        only = group.clauses[0].inner if len(group.clauses) == 1 else None
        is_text = isinstance(only, Leaf) and only.kind == "term" and " " in only.text  # it counts its words itself
        least = self.given.get("minimum_should_match") if outer and not is_text else None
        needed = least_of(least, len(should)) if least is not None and should else 0
        found = ALL if not must and not should else summed(must, should, needed)
        if without:
            where = " AND ".join([f"({found.where})", *(each.negated().where for each in without)])
            values = (*found.values, *(value for each in without for value in each.values))
            found = Sql(where, values, found.score, found.weights)
        return found.scored(group.boost)

    def _sign(self, signs: list[str], clause: Clause, there: bool) -> None:
        """The rules of the classic parser: AND makes what stands on both sides of it needed."""
        if signs and clause.conjunction == "AND" and signs[-1] != "-":
            signs[-1] = "+"
        if signs and self.with_and and clause.conjunction == "OR" and signs[-1] != "-":
            signs[-1] = ""
        if not there:
            return
        sign = clause.modifier
        if sign != "-":
            needed = clause.conjunction == "AND" or sign == "+"
            if self.with_and:
                needed = clause.conjunction != "OR"
            sign = "+" if needed else ""
        signs.append(sign)

    def leaf(self, leaf: Leaf) -> Sql | None:
        """A leaf's condition: of the fields that it is asked of, the best one counts."""
        if leaf.field == "_exists_":
            return terms.exists_on(leaf.text, self.context).constant(leaf.boost)
        if leaf.kind == "any" and (leaf.field in ("*", None) or leaf.field == "*"):
            return ALL.constant(leaf.boost)
        if leaf.kind == "any":
            return terms.exists_on(str(leaf.field), self.context).constant(leaf.boost)
        if (
            leaf.kind == "wildcard"
            and self.given.get("allow_leading_wildcard") in (False, "false")
            and leaf.text[:1] in "*?"
        ):
            raise SyntaxFault("'*' or '?' not allowed as first character in WildcardQuery")
        found: list[Sql] = []
        for field, boost in self.targets(leaf.field):
            one = self._tried(field, leaf)
            if one is not None:
                found.append(one.scored(boost))
        if not found:
            return NONE if leaf.kind != "term" or self.targets(leaf.field) == [] else None
        joined = best(
            found, 1.0 if self.is_simple and leaf.kind == "term" else float(self.given.get("tie_breaker", 0.0))
        )
        return joined.scored(leaf.boost)

    def _tried(self, field: Field, leaf: Leaf) -> Sql | None:
        try:
            return self._on(field, leaf)
        except (ShardError, SearchError):
            if self.lenient:
                return NONE
            raise

    def _on(self, field: Field, leaf: Leaf) -> Sql | None:
        text = leaf.text
        low = text.lower() if field.kind == "text" else text
        match leaf.kind:
            case "range":
                return self._range(field, leaf.low, leaf.high, leaf.with_low, leaf.with_high)
            case "prefix":
                terms.check_text(field, "prefix")
                return field.any("substr({}, 1, length(?)) = ?", low, low).constant()
            case "wildcard":
                terms.check_text(field, "wildcard")
                return field.any("like_pattern({}, ?)", low).constant()
            case "regexp":
                return terms.regexp_on(field, low).constant()
            case "phrase":
                slop = int(float(leaf.slop)) if leaf.slop else whole(self.given, "phrase_slop", 0)
                words = {**self.given, "query": text, "slop": slop}
                words.pop("analyzer", None)
                return texts.phrase_on(field, words, self.context) if self._has_words(field, text) else None
            case _:
                return self._term(field, leaf)

    def _has_words(self, field: Field, text: str) -> bool:
        return field.kind != "text" or bool(texts.words(field, {"query": text}))

    def _term(self, field: Field, leaf: Leaf) -> Sql | None:
        text = leaf.text
        for sign, with_bound in ((">=", True), ("<=", True), (">", False), ("<", False)):
            if text.startswith(sign) and len(text) > len(sign):
                bound = text[len(sign) :]
                low, high = (bound, None) if sign[0] == ">" else (None, bound)
                return self._range(field, low, high, with_bound, with_bound)
        if leaf.slop is not None:
            terms.check_text(field, "fuzzy")
            word = text.lower() if field.kind == "text" else text
            most = matching.edits(float(leaf.slop) if leaf.slop else self.given.get("fuzziness", "AUTO"), word)
            return terms.fuzzy_on(field, word, most, whole(self.given, "fuzzy_prefix_length", 0), self.context)
        if not self._has_words(field, text):
            return None
        operator = "and" if self.with_and else "or"
        options: dict[str, Any] = {"query": text, "operator": operator}
        if " " in text and self.given.get("minimum_should_match") is not None:  # words beside each other are one text
            options["minimum_should_match"] = self.given["minimum_should_match"]
        if self.given.get("analyzer") and field.kind == "text":
            options["analyzer"] = self.given["analyzer"]
        if str(self.given.get("type", "")).lower() in ("phrase", "phrase_prefix"):
            options["slop"] = whole(self.given, "phrase_slop", 0)
            return texts.phrase_on(field, options, self.context, is_prefix=self.given["type"] == "phrase_prefix")
        return texts.match_on(field, options, self.context)

    def _range(self, field: Field, low: Any, high: Any, with_low: bool, with_high: bool) -> Sql:
        zone = self.given.get("time_zone") if field.kind == "date" else None
        if field.kind == "text":
            low, high = low and low.lower(), high and high.lower()
        return bounded(field, low, high, with_low, with_high, self.context, None, zone)


def names_of(given: dict[str, Any]) -> tuple[list[Any], bool]:
    """(fields, whether values of a wrong type only match nothing) of the options."""
    fields = given.get("fields") or ([given["default_field"]] if given.get("default_field") else ["*"])
    lenient = given.get("lenient")
    every = not given.get("fields") and given.get("default_field", "*") == "*"
    return fields, every if lenient is None else lenient in (True, "true")


def reads(kind: str, given: dict[str, Any], context: Context) -> Reader:
    """Raises SearchError for an operator that is none."""
    operator = str(given.get("default_operator", "or")).upper()
    if operator not in ("AND", "OR"):
        raise illegal(f"No enum constant org.elasticsearch.index.query.Operator.{operator}")
    for key in ("analyzer", "quote_analyzer"):
        name = given.get(key)
        if name is not None and Field("", {}, analyzers=context.index.mapping.analyzers).analyzer(str(name)) is None:
            raise ShardError("query_shard_exception", f"[{kind}] {key} [{name}] not found")
    fields, lenient = names_of(given)
    return Reader(given, fields, lenient, operator == "AND", context, kind == "simple_query_string")


def query_string(body: Any) -> Query:
    given = options("query_string", body, _KNOWN)
    _check_fields("query_string", given)
    if given.get("query") is None:
        raise parsing("[query_string] must be provided with a [query]", body)
    if isinstance(given["query"], dict | list):
        raise parsing("[query_string] query does not support [query]" if isinstance(given["query"], list) else
                      f"[query_string] unknown token [{token(given['query'])}] after [query]", body, "query")  # fmt: skip
    _check_zone(given.get("time_zone"))
    operator = str(given.get("default_operator", "or")).upper()
    if operator not in ("AND", "OR"):
        raise illegal(f"No enum constant org.elasticsearch.index.query.Operator.{operator}")
    if str(given.get("type", "best_fields")).lower() not in texts.TYPES:
        raise SearchError(
            400, "parse_exception", f"failed to parse [multi_match] query type [{given['type']}]. unknown type."
        )
    text = matching.text_of(given["query"])
    truth("query_string", given, "analyze_wildcard", False)
    if truth("query_string", given, "escape", False):
        text = re.sub(r'[\\+\-!():^\[\]"{}~*?|&/]', r"\\\g<0>", text)

    def build(context: Context) -> Sql:
        if given.get("fields") and given.get("default_field"):
            raise ShardError("query_validation_exception", "Validation Failed: 1: [query_string] cannot use [fields] parameter in "
                             "conjunction with [default_field];")  # fmt: skip
        return _built(text, lambda: reads("query_string", given, context).group(parse(text), outer=True))

    return finished(build, given, {"query_string": _shown(text, given)})


def _check_zone(zone: Any) -> None:
    """Raises SearchError for a zone that there is not."""
    if zone is None:
        return
    try:
        times.zone(str(zone))
    except times.DateError as error:
        raise SearchError(500, "zone_rules_exception", str(error)) from None


def _shown(text: str, given: dict[str, Any]) -> dict[str, Any]:
    """The query as the server writes it in its messages."""
    names = [str(each) for each in given.get("fields") or []]
    fields = [each if "^" in each else f"{each}^1.0" for each in sorted(names)]
    shown: dict[str, Any] = {"query": text}
    if given.get("default_field"):
        shown["default_field"] = given["default_field"]
    shown |= {
        "fields": fields, "type": str(given.get("type", "best_fields")).lower(),
        "default_operator": str(given.get("default_operator", "or")).lower(), "max_determinized_states": 10000,
        "enable_position_increments": True, "fuzziness": str(given.get("fuzziness", "AUTO")), "fuzzy_prefix_length": 0,
        "fuzzy_max_expansions": 50, "phrase_slop": whole(given, "phrase_slop", 0),
    }  # fmt: skip
    for key in ("analyze_wildcard", "lenient", "minimum_should_match", "time_zone"):
        if key in given:
            shown[key] = given[key]
    return {**shown, "escape": False, "auto_generate_synonyms_phrase_query": True, "fuzzy_transpositions": True,
            "boost": boost_of(given)}  # fmt: skip


def _built(text: str, build: Callable[[], Sql | None]) -> Sql:
    try:
        found = build()
    except SyntaxFault as error:
        cause: dict[str, Any] = {"type": "parse_exception", "reason": f"Cannot parse '{text}': {error}"}
        if error.kind:
            cause["caused_by"] = {"type": error.kind, "reason": str(error)}
        raise ShardError("query_shard_exception", f"Failed to parse query [{text}]", 400, cause) from None
    return NONE if found is None else found


def simple_query_string(body: Any) -> Query:
    known = {"query", "fields", "default_operator", "analyzer", "flags", "lenient", "lowercase_expanded_terms",
             "minimum_should_match", "analyze_wildcard", "quote_field_suffix", "fuzzy_prefix_length",
             "fuzzy_max_expansions", "fuzzy_transpositions", "auto_generate_synonyms_phrase_query"}  # fmt: skip
    given = options("simple_query_string", body, known, words="[simple_query_string] unsupported field [{}]")
    _check_fields("simple_query_string", given)
    if given.get("query") is None:
        raise parsing("[simple_query_string] query text missing", body)
    flags = simple.flags_of(given.get("flags", "ALL"))
    text = matching.text_of(given["query"])
    operator = str(given.get("default_operator", "or")).upper()
    if operator not in ("AND", "OR"):
        raise illegal(f"No enum constant org.elasticsearch.index.query.Operator.{operator}")

    def build(context: Context) -> Sql:
        reader = reads("simple_query_string", given, context)
        return _built(text, lambda: simple.build(text, flags, reader.leaf, operator, given.get("minimum_should_match")))

    return finished(build, given, {"simple_query_string": _shown_simple(text, given)})


def _shown_simple(text: str, given: dict[str, Any]) -> dict[str, Any]:
    names = [str(each) for each in given.get("fields") or []]
    return {
        "query": text, **({"fields": [each if "^" in each else f"{each}^1.0" for each in names]} if names else {}),
        "flags": -1, "default_operator": str(given.get("default_operator", "or")).lower(),
        "lenient": names_of(given)[1], "analyze_wildcard": False, "auto_generate_synonyms_phrase_query": True,
        "fuzzy_prefix_length": whole(given, "fuzzy_prefix_length", 0),
        "fuzzy_max_expansions": whole(given, "fuzzy_max_expansions", 50), "fuzzy_transpositions": True,
        "boost": boost_of(given),
    }  # fmt: skip


def _check_fields(kind: str, given: dict[str, Any]) -> None:
    """Raises SearchError for `fields` that are no list."""
    fields = given.get("fields", [])
    if isinstance(fields, list) and all(isinstance(each, str | int | float) for each in fields):
        return
    if isinstance(fields, list):
        at = next(place for place, each in enumerate(fields) if not isinstance(each, str | int | float))
        raise SearchError(
            500, "illegal_state_exception", f"Can't get text on a {token(fields[at])} at 1:1", at=(fields, at)
        )
    if fields is None or isinstance(fields, dict):
        raise parsing(f"[{kind}] unknown token [{token(fields)}] after [fields]", given, "fields")
    raise parsing(f"[{kind}] query does not support [fields]", given, "fields")
