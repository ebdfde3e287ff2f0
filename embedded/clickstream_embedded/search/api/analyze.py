"""_analyze: the tokens that a text becomes."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import settings as index_settings
from clickstream_embedded.search.analyzers import BUILT_IN, Analyzer, Filter, Tok, filter_of, lowercase, tokenizer_of
from clickstream_embedded.search.api.call import Answer, Call
from clickstream_embedded.search.errors import SearchError, by_wire, illegal, invalid, value_refused
from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.queries.forms import token

_KNOWN = ("text", "analyzer", "field", "tokenizer", "filter", "char_filter", "explain", "attributes", "normalizer")
# what a normalizer does here: the letters made small, the text left whole
_LOWERED = Analyzer(BUILT_IN["keyword"].tokenizer, (("lowercase", lowercase),))
_WIRE = "indices:admin/analyze[s]"


def analyze(call: Call) -> Answer:
    if not call.raw.strip():
        raise SearchError(400, "parse_exception", "request body or source parameter is required")
    body = call.declared("analyze_request", _KNOWN)
    given = body.get("text")
    if "text" in body and not isinstance(given, str | list):
        raise value_refused(f"[analyze_request] text doesn't support values of type: {token(given)}", body, "text")
    if "text" not in body:
        raise invalid("text is missing")
    index = _index(call)
    name, analyzer = (
        _custom(body, index)
        if "tokenizer" in body or "filter" in body or "char_filter" in body
        else _named(body, index)
    )
    texts = [str(each) for each in (body["text"] if isinstance(body["text"], list) else [body["text"]])]
    if body.get("explain") in (True, "true"):
        return Answer({"detail": _explained(name, analyzer, texts, _gap(body, index, analyzer))})
    return Answer({"tokens": [_shown(each) for each in _joined(analyzer, texts, _gap(body, index, analyzer))]})


def _gap(body: dict[str, Any], index: Index | None, analyzer: Analyzer) -> int:
    """Positions between two texts; none for analyzers of no index, for keywords and their normalizers."""
    whole = analyzer.tokenizer is BUILT_IN["keyword"].tokenizer and "tokenizer" not in body
    return 0 if whole or (index is None and "tokenizer" not in body) else analyzer.gap


def _index(call: Call) -> Index | None:
    """Raises SearchError for an index that there is not."""
    if "index" not in call.place:
        return None
    try:
        return call.store.indices.one(call.place["index"], reads=True)
    except SearchError as error:
        if "resource.type" in error.entry:
            error.entry["resource.type"] = "index_expression"
        raise


def _failed(index: Index | None, what: str, name: str) -> SearchError:
    error = illegal(f"failed to find {'' if index else 'global '}{what} under [{name}]")
    return by_wire(error, _WIRE)


def _custom(body: dict[str, Any], index: Index | None) -> tuple[str, Analyzer]:
    if "analyzer" in body:
        raise invalid("cannot define extra components on a named analyzer")
    parts: dict[str, Any] = index_settings.nested(index.settings).get("index", {}).get("analysis", {}) if index else {}
    if body.get("normalizer"):
        raise invalid("cannot define extra components on a named normalizer")
    given = body.get("tokenizer", "keyword")
    if isinstance(given, dict):
        if given.get("type") != "standard":
            raise _failed(None, "tokenizer", str(given.get("type")))
        made, given = tokenizer_of("x", {"x": given}), "__anonymous__standard"
    else:
        made = (
            tokenizer_of(str(given), parts.get("tokenizer", {}))
            if "tokenizer" in body
            else BUILT_IN["keyword"].tokenizer
        )
    if made is None:
        raise _failed(index, "tokenizer", str(given))
    for each in body.get("char_filter") or []:
        own = isinstance(each, dict)
        raise _failed(None if own else index, "char_filter", str(each.get("type") if own else each))
    filters = tuple(_filter(each, index, parts) for each in body.get("filter") or [])
    return "", Analyzer(made, filters, str(given), True)


def _filter(given: Any, index: Index | None, parts: dict[str, Any]) -> tuple[str, Filter]:
    """A filter by its name in the index, or by its definition, for which there are those of the server only."""
    where = None if isinstance(given, dict) else index
    return filter_of(given, parts.get("filter", {}), lambda odd: _failed(where, "filter", odd))


def _named(body: dict[str, Any], index: Index | None) -> tuple[str, Analyzer]:
    """The analyzer that is named, or that of a field, or the default one. Raises SearchError."""
    known = {**BUILT_IN, **(index.mapping.analyzers if index else {})}
    if body.get("normalizer"):
        if index is None:
            raise invalid("index is required if normalizer is specified")
        if body["normalizer"] not in index.mapping.normalizers:
            raise by_wire(illegal(f"failed to find normalizer under [{body['normalizer']}]"), _WIRE)
        return str(body["normalizer"]), BUILT_IN["standard"]
    if body.get("analyzer"):
        name = str(body["analyzer"])
        if name not in known:
            raise by_wire(illegal(f"failed to find {'' if index else 'global '}analyzer [{name}]"), _WIRE)
        return name, known[name]
    if "field" in body:
        if index is None:
            raise by_wire(illegal("analysis based on a specific field requires an index"), _WIRE)
        rule = index.mapping.flat().get(str(body["field"]), {})
        kind = rule.get("type", "text")
        if kind not in ("text", "keyword"):
            told = f"Can't process field [{body['field']}], Analysis requests are only supported on tokenized fields"
            raise by_wire(illegal(told), _WIRE)
        if rule.get("normalizer"):
            return str(rule["normalizer"]), _LOWERED
        name = str(rule.get("analyzer", "default")) if kind == "text" else "keyword"
        return name, known[name]
    return "default", known["default"]


def _joined(analyzer: Analyzer, texts: list[str], gap: int) -> list[Tok]:
    """The tokens of several texts, as of one with gaps of a letter and of some positions between them."""
    found: list[Tok] = []
    base, place = 0, 0
    for text in texts:
        tokens = analyzer.tokens(text)
        if base and place:
            place += gap
        found += [Tok(t.term, base + t.start, base + t.end, place + t.position, t.kind, t.length) for t in tokens]
        place = found[-1].position + 1 if found else place
        base += len(text) + 1
    return found


def _shown(token: Tok) -> dict[str, Any]:
    more = {"positionLength": token.length} if token.length > 1 else {}
    return {
        "token": token.term,
        "start_offset": token.start,
        "end_offset": token.end,
        "type": token.kind,
        "position": token.position,
        **more,
    }


def _detailed(tokens: list[Tok]) -> list[dict[str, Any]]:
    return [
        {**{key: each for key, each in _shown(token).items() if key != "positionLength"}, "bytes": f"[{token.term.encode().hex(' ')}]",
         "positionLength": token.length, "termFrequency": 1} for token in tokens
    ]  # fmt: skip


def _explained(name: str, analyzer: Analyzer, texts: list[str], gap: int) -> dict[str, Any]:
    if not analyzer.is_custom:
        return {
            "custom_analyzer": False,
            "analyzer": {"name": name, "tokens": _detailed(_joined(analyzer, texts, gap))},
        }
    steps = [
        {
            "name": each,
            "tokens": _detailed(_joined(Analyzer(analyzer.tokenizer, analyzer.filters[: at + 1]), texts, gap)),
        }
        for at, (each, _) in enumerate(analyzer.filters)
    ]
    first = {"name": analyzer.tokenizer_name, "tokens": _detailed(_joined(Analyzer(analyzer.tokenizer), texts, gap))}
    return {"custom_analyzer": True, "charfilters": [], "tokenizer": first, "tokenfilters": steps}
