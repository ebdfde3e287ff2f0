"""Highlights: the passages of a hit that have the words that the query asked for, with marks around those."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from clickstream_embedded.search import analysis, wanted
from clickstream_embedded.search.errors import SearchError, ShardError, content, parsing, told_by_each, value_refused
from clickstream_embedded.search.queries import matching, registry
from clickstream_embedded.search.queries.base import Context, Field, Query
from clickstream_embedded.search.queries.forms import token

_KNOWN = {"fields", "pre_tags", "post_tags", "fragment_size", "number_of_fragments", "require_field_match", "type", "encoder",
          "order", "no_match_size", "highlight_query", "tags_schema", "boundary_scanner", "phrase_limit", "options",
          "boundary_chars", "boundary_max_scan", "boundary_scanner_locale", "force_source", "fragmenter", "max_analyzed_offset"}  # fmt: skip
_OF_FIELD = (_KNOWN - {"fields", "tags_schema", "encoder"}) | {"matched_fields", "fragment_offset"}
_STYLED = [f'<em class="hlt{number}">' for number in range(1, 11)]
_STOPS = re.compile(r"[.!?…]+[\"')\]]*\s+|\n+")  # where a sentence may end
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Options:
    """How one field is marked."""

    before: str
    after: str
    size: int
    number: int
    kind: str
    any_field: bool
    by_score: bool
    no_match: int
    words: tuple[wanted.Wanted, ...]
    escaped: bool


def check(given: dict[str, Any]) -> dict[str, Any]:
    """What the parser finds out of a highlight by itself. Raises SearchError."""
    for key in given:
        if key not in _KNOWN:
            raise content(f"[highlight] unknown field [{key}], parser not found", given, key)
    fields = given.get("fields")
    if "pre_tags" in given and "post_tags" not in given:
        raise parsing("pre_tags are set but post_tags are not set", given)
    if "fields" in given and not isinstance(fields, dict | list):
        raise value_refused(f"[highlight] fields doesn't support values of type: {token(fields)}", given, "fields")
    for each in fields if isinstance(fields, list) else [fields]:
        named: dict[str, Any] = each if isinstance(each, dict) else {}
        for name, rule in named.items():
            if not isinstance(rule, dict):
                raise _no_object(name, named, rule)
            odd = next((key for key in rule if key not in _OF_FIELD), None)
            if odd is not None:
                raise _in_field(name, f"unknown field [{odd}], parser not found", at=(rule, odd), inside=(rule, odd))
            for key in ("number_of_fragments", "fragment_size", "no_match_size"):
                if isinstance(rule.get(key), str) and not rule[key].lstrip("-").isdigit():
                    raise _no_number(name, rule, key)
    return given


def _no_object(field: str, fields: dict[str, Any], rule: Any) -> SearchError:
    return _in_field(field, f"Expected START_OBJECT but was: {token(rule)}", at=(fields, field))


def _in_field(field: str, reason: str, why: dict[str, Any] | None = None, **places: tuple[Any, Any]) -> SearchError:
    """What a field's own rules lack; `places` are where that stands."""
    told = f"[fields] failed to parse field [{field}]"
    return told_by_each(
        "[highlight] failed to parse field [fields]", told, f"[highlight_field] {reason}", why=why, **places
    )


def _no_number(field: str, rule: dict[str, Any], key: str) -> SearchError:
    why = {"type": "number_format_exception", "reason": f'For input string: "{rule[key]}"'}
    return _in_field(field, f"failed to parse field [{key}]", why, at=(rule, key))


class Highlighter:
    """What of a document the query's words are marked in."""

    def __init__(self, given: dict[str, Any], query: Query | None, context: Context) -> None:
        """Raises SearchError and ShardError for an option that is none."""
        fields = check(given).get("fields")
        if not isinstance(fields, dict | list):
            raise parsing("Expected [START_OBJECT] for [fields]")
        self._context = context
        named = fields if isinstance(fields, dict) else {key: rule for each in fields for key, rule in each.items()}
        words = tuple(wanted.of(query.shown)) if query is not None else ()
        self._fields = {str(name): self._options(given, rule or {}, words, str(name)) for name, rule in named.items()}

    @staticmethod
    def _options(given: dict[str, Any], rule: dict[str, Any], words: tuple[wanted.Wanted, ...], name: str) -> _Options:
        styled = given.get("tags_schema") == "styled"
        both: dict[str, Any] = {**({"pre_tags": _STYLED, "post_tags": ["</em>"]} if styled else {}), **given, **rule}
        kind = str(both.get("type", "unified"))
        if kind not in ("unified", "plain", "fvh"):
            raise ShardError("illegal_argument_exception", f"unknown highlighter type [{kind}] for the field [{name}]")
        if both.get("highlight_query"):
            words = tuple(wanted.of(registry.parse(both["highlight_query"]).shown))
        return _Options(
            (both.get("pre_tags") or ["<em>"])[0], (both.get("post_tags") or ["</em>"])[0], int(both.get("fragment_size", 100)),
            int(both.get("number_of_fragments", 5)), kind, both.get("require_field_match", True) in (False, "false"),
            both.get("order") == "score", int(both.get("no_match_size", 0)), words, both.get("encoder") == "html",
        )  # fmt: skip

    def of(self, document: dict[str, Any], prefix: str = "") -> dict[str, list[str]]:
        """The marked texts by field; `prefix` is the path of the object that the document is."""
        found: dict[str, list[str]] = {}
        for name, options in self._fields.items():
            for field in self._named(name):
                if options.kind == "fvh" and field.rule.get("term_vector") != "with_positions_offsets":
                    raise ShardError("illegal_argument_exception", f"the field [{field.name}] should be indexed with term vector with "
                                     "position offsets to be used with fast vector highlighter")  # fmt: skip
                texts = _texts(document, str(field.rule.get("of", field.name)).removeprefix(prefix))
                marked = self._marked([str(each) for each in texts], field, options)
                if marked:
                    found[field.name] = marked
        return found

    def _named(self, name: str) -> list[Field]:
        if "*" in name:
            return [each for each in self._context.leaves("text", "keyword") if matching.like(each.name, name)]
        field = self._context.field(name)
        return [field] if field is not None and field.kind in ("text", "keyword") else []

    def _marked(self, texts: list[str], field: Field, options: _Options) -> list[str]:
        words = [each for each in options.words if options.any_field or each.covers(field.name)]
        whole = field.kind == "keyword"
        passages: list[tuple[int, str]] = []
        for text in texts:
            if whole and len(text) > int(field.rule.get("ignore_above", 2**31)):
                continue
            used = field.analyzer()
            tokens = (
                [(text, 0, len(text))]
                if whole or used is None
                else [(each.term, each.start, each.end) for each in used.tokens(text)]
            )
            hits = wanted.places(words, tokens)
            if not hits:
                continue
            if options.number == 0:
                cuts = [(0, len(text))]
            elif options.kind == "plain":
                cuts = _even(text, tokens, options.size)
            else:
                cuts = _sentences(text, options.size, hits)
            for start, end in cuts:
                inside = [each for each in hits if start <= each[0] < end]
                if inside:
                    shown = _with_marks(text, start, end, inside, options)
                    passages.append(
                        (len(inside), shown if options.kind == "plain" or not options.number else shown.strip())
                    )
        if not passages and options.no_match and texts:
            return [_beginning(texts[0], options.no_match)]
        if options.number and len(passages) > options.number:
            best = sorted(range(len(passages)), key=lambda at: (-passages[at][0], at))[: options.number]
            passages = [passages[at] for at in (best if options.by_score else sorted(best))]
        elif options.by_score:
            passages = sorted(passages, key=lambda each: -each[0])
        return [text for _, text in passages]


def _texts(document: Any, path: str) -> list[Any]:
    if isinstance(document, list):
        return [each for inner in document for each in _texts(inner, path)]
    if not path:
        return [] if document is None or isinstance(document, dict) else [document]
    if not isinstance(document, dict):
        return []
    if path in document:
        return _texts(document[path], "")
    first, _, rest = path.partition(".")
    return _texts(document.get(first), rest) if rest else []


def _with_marks(text: str, start: int, end: int, hits: list[Span], options: _Options) -> str:
    out, at = "", start

    def written(part: str) -> str:
        return html.escape(part) if options.escaped else part

    for low, high in hits:
        out += written(text[at:low]) + options.before + written(text[low:high]) + options.after
        at = high
    return out + written(text[at : max(at, end)])


def _bounds(text: str) -> list[Span]:
    """The sentences of a text; what a period and a small letter follow each other in is one (UAX 29)."""
    ends = [
        each.end()
        for each in _STOPS.finditer(text)
        if each[0][0] != "." or not text[each.end() : each.end() + 1].islower()
    ]
    cuts = [0, *(each for each in ends if each < len(text)), len(text)]
    return [*pairwise(cuts)]


def _sentences(text: str, size: int, hits: list[Span]) -> list[Span]:
    """Passages that end where sentences do, or after so many letters where a sentence is longer."""
    cuts: list[Span] = []
    for start, end in _bounds(text):
        while end - start > size > 0:
            word = re.compile(r"\b").search(text, start + size + 1)
            cut = word.end() if word and word.end() < end else end
            cut = next((high for low, high in hits if low < cut < high), cut)
            if cut >= end:
                break
            cuts.append((start, cut))
            start = cut
        if end > start:
            cuts.append((start, end))
    return cuts


def _even(text: str, tokens: list[analysis.Token], size: int) -> list[Span]:
    """Fragments of about the same length, which begin after a word."""
    cuts: list[Span] = []
    start, last, number = 0, 0, 1
    for _, _, end in tokens:
        if size and end >= size * number:
            cuts.append((start, last))
            start, number = last, number + 1
        last = end
    return [*cuts, (start, len(text))]


def _beginning(text: str, size: int) -> str:
    if len(text) <= size:
        return text
    found = re.compile(r"\b").search(text, size)
    return text[: found.end() if found else size].strip()
