"""Suggestions: words near to those of a text (term), and entries that begin with one (completion)."""

from __future__ import annotations

import json
import math
from typing import Any

from clickstream_embedded.search import analysis
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import SearchError, ShardError, content, illegal, parsing
from clickstream_embedded.search.hits import Source
from clickstream_embedded.search.numbers import written_single
from clickstream_embedded.search.queries import matching
from clickstream_embedded.search.queries.base import Context, Field

_TERM = {"field", "analyzer", "size", "sort", "suggest_mode", "max_edits", "prefix_length", "min_word_length", "min_doc_freq", "max_term_freq",
         "max_inspections", "string_distance", "shard_size", "accuracy", "text"}  # fmt: skip
_COMPLETION = {"field", "size", "skip_duplicates", "fuzzy", "analyzer", "contexts", "shard_size"}
_DISTANCES = ("internal", "damerau_levenshtein", "levenshtein", "jaro_winkler", "ngram")
_KINDS = ("term", "completion", "phrase")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Suggestions of a request by name. Raises SearchError."""
    for name, spec in given.items():
        if name == "text":
            continue
        if not isinstance(spec, dict):
            raise illegal(f"[suggest] does not support [{name}]")
        kinds = [key for key in spec if key not in ("text", "prefix", "regex")]
        if not kinds:
            raise SearchError(400, "parse_exception", "missing suggestion object")
        kind = kinds[0]
        if kind not in _KINDS:
            raise SearchError(400, "named_object_not_found_exception", f"[1:1] unable to parse SuggestionBuilder with name [{kind}]: "
                              "parser not found", at=(spec, kind))  # fmt: skip
        if kind == "phrase":
            raise illegal("[phrase] suggestions are not there in this server")
        known = _TERM if kind == "term" else _COMPLETION
        for key in spec[kind]:
            if key not in known:
                if kind == "term":
                    raise parsing(f"suggester[term] doesn't support field [{key}]", spec[kind], key)
                raise content(f"[completion] unknown field [{key}], parser not found", spec[kind], key)
        if "field" not in spec[kind]:
            raise SearchError(400, "parse_exception", "the required field option [field] is missing")
    return given


class Suggesting:
    """The suggestions of one search; whoever runs it holds the lock of the store."""

    def __init__(self, database: Database, given: dict[str, Any], contexts: list[Context], source: Source) -> None:
        self._database, self._given, self._contexts, self._source = database, given, contexts, source

    def results(self) -> dict[str, Any]:
        """Raises SearchError and ShardError."""
        found: dict[str, Any] = {}
        for name, spec in self._given.items():
            if name == "text":
                continue
            text = spec.get("text", spec.get("prefix", self._given.get("text")))
            if text is None:
                raise illegal("The required text option is missing")
            found[name] = (
                self._terms(str(text), spec["term"])
                if "term" in spec
                else self._completions(str(text), spec["completion"])
            )
        return found

    # -- words near to others ----------------------------------------------------------------------------------

    def _fields(self, name: str) -> list[tuple[Context, Field]]:
        found = [(context, field) for context in self._contexts if (field := context.field(name)) is not None]
        if not found and self._contexts:
            raise ShardError("illegal_argument_exception", f"no mapping found for field [{name}]")
        return found

    def _terms(self, text: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
        fields = self._fields(str(spec["field"]))
        used = fields[0][1].analyzer(spec.get("analyzer")) if fields else None
        tokens = used.tokens(text) if used is not None and fields[0][1].kind == "text" else []
        if fields and fields[0][1].kind == "keyword":
            return [self._near(text, 0, len(text), spec, fields)]
        return [self._near(each.term, each.start, each.end, spec, fields) for each in tokens]

    def _near(
        self, word: str, start: int, end: int, spec: dict[str, Any], fields: list[tuple[Context, Field]]
    ) -> dict[str, Any]:
        entry: dict[str, Any] = {"text": word, "offset": start, "length": end - start}
        counts: dict[str, int] = {}
        many = sum(_frequency(context, field, word) for context, field in fields)
        mode, begin = str(spec.get("suggest_mode", "missing")), int(spec.get("prefix_length", 1))
        most = int(spec.get("max_edits", 2))
        share = float(spec.get("max_term_freq", 0.01))
        documents = sum(context.count(field.exists) for context, field in fields)
        limit = share if share >= 1 else math.ceil(share * documents)
        if len(word) < int(spec.get("min_word_length", 4)) or (mode == "missing" and many) or many > limit:
            return {**entry, "options": []}
        for context, field in fields:
            near = context.terms(field, "near_word(each.value, ?, ?, ?, 1)", word, most, begin)
            for each in near:
                if each != word:
                    counts[each] = counts.get(each, 0) + _frequency(context, field, each)
        found: list[tuple[float, int, str]] = []
        for each, count in counts.items():
            score = _similar(word, each, str(spec.get("string_distance", "internal")))
            if count and (mode != "popular" or count > many) and score >= float(spec.get("accuracy", 0.5)):
                found.append((score, count, each))
        by_frequency = spec.get("sort") == "frequency"
        found.sort(key=lambda row: (-row[1], -row[0], row[2]) if by_frequency else (-row[0], -row[1], row[2]))
        options = [{"text": each, "score": score, "freq": count} for score, count, each in found]
        return {**entry, "options": options[: int(spec.get("size", 5))]}

    # -- entries that begin with a text ------------------------------------------------------------------------

    def _completions(self, text: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = " ".join(analysis.simple(text))
        fuzzy = spec.get("fuzzy")
        found: list[tuple[int, str, int]] = []
        for context, field in self._fields(str(spec["field"])):
            if field.kind != "completion":
                raise ShardError(
                    "illegal_argument_exception", f"Field [{field.name}] is not a completion suggest field"
                )
            rows = self._database.rows(
                f"SELECT docs.seq, each.value FROM docs, json_each({field.values}, {field.path}) AS each WHERE docs.idx = ?",
                (context.index.name,),
            )
            for seq, value in rows:
                entry, weight = json.loads(value)
                if _begins(" ".join(analysis.simple(entry)), wanted, fuzzy):
                    found.append(
                        (weight * (_common(" ".join(analysis.simple(entry)), wanted) if fuzzy else 1), entry, seq)
                    )
        found.sort(key=lambda each: (-each[0], each[1], each[2]))
        options: list[dict[str, Any]] = []
        seen: set[Any] = set()
        for weight, entry, seq in found:
            key = entry if spec.get("skip_duplicates") in (True, "true") else seq
            if key in seen:
                continue
            seen.add(key)
            row = self._database.row("SELECT idx, id, source FROM docs WHERE seq = ?", (seq,))
            if row is not None:
                options.append({"text": entry, "_index": row[0], "_type": "_doc", "_id": row[1], "_score": float(weight),
                                **({"_source": self._source.of(json.loads(row[2]))} if self._source.is_shown else {})})  # fmt: skip
        return [{"text": text, "offset": 0, "length": len(text), "options": options[: int(spec.get("size", 5))]}]


def _begins(entry: str, wanted: str, fuzzy: Any) -> bool:
    if fuzzy is None or fuzzy is False:
        return entry.startswith(wanted)
    rule = fuzzy if isinstance(fuzzy, dict) else {}
    most = matching.edits(rule.get("fuzziness", "AUTO"), wanted)
    begin = int(rule.get("prefix_length", 1))
    sizes = range(max(len(wanted) - most, 0), len(wanted) + most + 1)
    return entry[:begin] == wanted[:begin] and any(
        matching.distance(entry[:size], wanted, most) <= most for size in sizes
    )


def _common(entry: str, wanted: str) -> int:
    """How many letters two texts begin with in common: what a near entry is weighed by."""
    return next(
        (at for at, (one, other) in enumerate(zip(entry, wanted, strict=False)) if one != other),
        min(len(entry), len(wanted)),
    )


def _frequency(context: Context, field: Field, word: str) -> int:
    return context.count(field.any("= ?", word))


def _similar(word: str, other: str, how: str) -> float:
    if how not in _DISTANCES:
        raise illegal(f"Illegal distance option {how}")
    away = matching.distance(word, other, 99)
    size = min(len(word), len(other)) if how == "internal" else max(len(word), len(other))
    return written_single(1 - away / size)
