"""Analyzers that settings define: a tokenizer and filters, of those that Elasticsearch has without its modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from clickstream_embedded.search.analysis import STOP_WORDS, WORD

_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Tok:
    """One token: its term, its place in the text, its position among the tokens and how many of them it covers."""

    term: str
    start: int
    end: int
    position: int
    kind: str = "word"
    length: int = 1


Filter = Callable[[list[Tok]], list[Tok]]


class AnalyzerError(ValueError):
    """A definition that is none."""


def standard(text: str, longest: int = 255) -> list[Tok]:
    found: list[Tok] = []
    for each in WORD.finditer(text):
        for start in range(each.start(), each.end(), longest):
            end = min(start + longest, each.end())
            kind = "<NUM>" if each[0][0].isdigit() else "<ALPHANUM>"
            found.append(Tok(text[start:end], start, end, len(found), kind))
    return found


def _by(pattern: re.Pattern[str], text: str) -> list[Tok]:
    return [Tok(each[0], *each.span(), place) for place, each in enumerate(pattern.finditer(text))]


def lowercase(tokens: list[Tok]) -> list[Tok]:
    return [replace(each, term=each.term.lower()) for each in tokens]


def stop(words: frozenset[str] = STOP_WORDS) -> Filter:
    return lambda tokens: [each for each in tokens if each.term not in words]


def shingle(spec: dict[str, Any] | None = None) -> Filter:
    """Neighbours as one token."""
    given = spec or {}
    least, most = int(given.get("min_shingle_size", 2)), int(given.get("max_shingle_size", 2))
    joint, single = str(given.get("token_separator", " ")), str(given.get("output_unigrams", True)).lower() != "false"

    def run(tokens: list[Tok]) -> list[Tok]:
        found: list[Tok] = []
        for place, each in enumerate(tokens):
            found += [each] if single else []
            for size in range(least, most + 1):
                part = tokens[place : place + size]
                if len(part) == size:
                    text = joint.join(one.term for one in part)
                    found.append(
                        Tok(text, each.start, part[-1].end, each.position, "shingle", size if single else size - 1)
                    )
        return found

    return run


@dataclass(frozen=True, slots=True)
class Analyzer:
    """A tokenizer with filters; called with a text it gives its terms."""

    tokenizer: Callable[[str], list[Tok]]
    filters: tuple[tuple[str, Filter], ...] = ()
    tokenizer_name: str = "standard"
    is_custom: bool = field(default=False)
    gap: int = 100  # positions between two texts of one field

    def tokens(self, text: str) -> list[Tok]:
        found = self.tokenizer(text)
        for _, each in self.filters:
            found = each(found)
        return found

    def __call__(self, text: str) -> list[str]:
        return [each.term for each in self.tokens(text)]


_LOW = ("lowercase", lowercase)
BUILT_IN: dict[str, Analyzer] = {
    "standard": Analyzer(standard, (_LOW,)), "default": Analyzer(standard, (_LOW,)),
    "simple": Analyzer(lambda text: _by(_LETTERS, text), (_LOW,)), "whitespace": Analyzer(lambda text: _by(re.compile(r"\S+"), text)),
    "keyword": Analyzer(lambda text: [Tok(text, 0, len(text), 0)] if text else []),
    "stop": Analyzer(lambda text: _by(_LETTERS, text), (_LOW, ("stop", stop()))),
}  # fmt: skip
_FILTERS: dict[str, Callable[[dict[str, Any]], Filter]] = {
    "lowercase": lambda _: lowercase, "stop": lambda spec: stop(_words(spec)), "shingle": lambda spec: shingle(spec),
}  # fmt: skip


def _words(spec: dict[str, Any]) -> frozenset[str]:
    given = spec.get("stopwords", "_english_")
    listed = given if isinstance(given, list) else str(given).split(",")
    if listed in (["_english_"], ["_none_"]):
        return STOP_WORDS if listed == ["_english_"] else frozenset()
    return frozenset(str(each) for each in listed)


def filter_of(spec: Any, known: dict[str, dict[str, Any]], missing: Callable[[str], Exception]) -> tuple[str, Filter]:
    """A filter by its name, or as it is defined in place. Raises what `missing` makes of a name."""
    if isinstance(spec, dict):
        kind = str(spec.get("type"))
        if kind not in _FILTERS:
            raise missing(kind)
        return f"__anonymous__{kind}", _FILTERS[kind](spec)
    name = str(spec)
    if name in known:
        return name, _FILTERS[str(known[name]["type"])](known[name])
    if name not in _FILTERS:
        raise missing(name)
    return name, _FILTERS[name]({})


def tokenizer_of(name: str, known: dict[str, dict[str, Any]]) -> Callable[[str], list[Tok]] | None:
    """A tokenizer by its name; None where there is none."""
    if name in known:
        longest = int(known[name].get("max_token_length", 255))
        return lambda text: standard(text, longest)
    return standard if name == "standard" else None


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else str(given).split(",")


def _made(name: str, spec: dict[str, Any], parts: dict[str, dict[str, dict[str, Any]]]) -> Analyzer:
    kind = str(spec.get("type") or "custom")
    if kind == "custom":
        if "tokenizer" not in spec:
            raise AnalyzerError(f"Custom Analyzer [{name}] must be configured with a tokenizer")
        tokenizer = tokenizer_of(str(spec["tokenizer"]), parts.get("tokenizer", {}))
        if tokenizer is None:
            raise AnalyzerError(f"Custom Analyzer [{name}] failed to find tokenizer under name [{spec['tokenizer']}]")
        for each in _listed(spec.get("char_filter")):
            raise AnalyzerError(f"Custom Analyzer [{name}] failed to find char_filter under name [{each}]")
        filters = tuple(
            filter_of(each, parts.get("filter", {}), lambda odd: AnalyzerError(f"Custom Analyzer [{name}] failed to find filter under "
                                                                              f"name [{odd}]")) for each in _listed(spec.get("filter"))
        )  # fmt: skip
        gap = int(spec.get("position_increment_gap", 100))
        return Analyzer(tokenizer, filters, str(spec["tokenizer"]), True, gap)
    if kind not in BUILT_IN or kind == "default":
        raise AnalyzerError(f"Unknown analyzer type [{kind}] for [{name}]")
    if kind == "standard":
        longest = int(spec.get("max_token_length", 255))
        more = (("stop", stop(_words({"stopwords": spec["stopwords"]}))),) if "stopwords" in spec else ()
        return Analyzer(lambda text: standard(text, longest), (_LOW, *more))
    if kind == "stop":
        return replace(BUILT_IN["stop"], filters=(_LOW, ("stop", stop(_words(spec)))))
    return BUILT_IN[kind]


def read(analysis: dict[str, Any]) -> tuple[dict[str, Analyzer], set[str]]:
    """(the analyzers, the names of the normalizers) that `index.analysis` defines. Raises AnalyzerError."""
    for kind, names in (("char_filter", []), ("tokenizer", ["standard"]), ("filter", [*_FILTERS])):
        for name, spec in (analysis.get(kind) or {}).items():
            if spec.get("type") not in names:
                raise AnalyzerError(f"Unknown {kind} type [{spec.get('type')}] for [{name}]")
    normalizers = analysis.get("normalizer") or {}
    for name, spec in normalizers.items():
        if spec.get("type", "custom") != "custom":
            raise AnalyzerError(f"Unknown normalizer type [{spec.get('type')}] for [{name}]")
        for each in _listed(spec.get("char_filter")):
            raise AnalyzerError(f"Custom normalizer [{name}] failed to find char_filter under name [{each}]")
        for each in _listed(spec.get("filter")):
            if each != "lowercase":
                told = "may not use filter" if each in ("stop", "shingle") else "failed to find filter under name"
                raise AnalyzerError(f"Custom normalizer [{name}] {told} [{each}]")
    analyzers = {name: _made(str(name), spec, analysis) for name, spec in (analysis.get("analyzer") or {}).items()}
    return analyzers, {name for name, spec in normalizers.items() if _listed(spec.get("filter"))} | set(normalizers)
