"""Why a document has its score: the explanation that Lucene gives, of the queries whose parts are told here."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.describing import described, plain_of, term
from clickstream_embedded.search.numbers import single, written_single
from clickstream_embedded.search.queries import matching, registry
from clickstream_embedded.search.queries.base import Context, Field, Query, Sql
from clickstream_embedded.search.queries.texts import words

Node = dict[str, Any]
_IDF = "idf, computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:"
_TF = "tf, computed as freq / (freq + k1 * (1 - b + b * dl / avgdl)) from:"


def _node(value: float, description: str, details: list[Node] | None = None) -> Node:
    return {"value": value, "description": description, "details": details or []}


class Explaining:
    """Explains the scores of one document."""

    def __init__(self, context: Context, seq: int) -> None:
        self._context, self._seq = context, seq
        row = context.database.row("SELECT COUNT(*) FROM docs WHERE idx = ? AND seq < ?", (context.index.name, seq))
        self._number = int(row[0]) if row else 0
        for path, rule in context.index.mapping.flat().items():  # each nested object is a document before its own one
            if rule.get("nested") and not rule.get("in"):
                row = context.database.row(
                    f"SELECT SUM(json_array_length(docs.vals, {Field(path, {}).path})) FROM docs WHERE idx = ? AND seq <= ?",
                    (context.index.name, seq),
                )
                self._number += int(row[0] or 0) if row else 0

    def _score(self, sql: Sql) -> float | None:
        """The score of the document, None where it does not match."""
        row = self._context.database.row(
            f"SELECT {sql.score} FROM docs WHERE docs.seq = ? AND ({sql.where})", (*sql.weights, self._seq, *sql.values)
        )
        return written_single(float(row[0])) if row else None

    def of(self, query: Query) -> tuple[bool, Node]:
        """(whether it matches, why). Raises ShardError."""
        return self._of(query.shown)

    def _of(self, shown: dict[str, Any]) -> tuple[bool, Node]:
        kind, body = next(iter(shown.items()))
        if kind == "query_string" and (plain := plain_of(body)) is not None:
            return self._of(plain)
        if kind == "bool":
            return self._bool(body)
        score = self._score(registry.parse(shown).build(self._context))
        if kind in ("term", "match") and (found := self._terms(kind, body, score)) is not None:
            return score is not None, found
        told = described(shown, self._context)
        if kind == "match_all" and any(rule.get("nested") for rule in self._context.index.mapping.flat().values()):
            told = "ConstantScore(DocValuesFieldExistsQuery [field=_primary_term])"  # those that are no nested objects
        if kind == "range" or kind == "exists" or told.endswith("]"):
            told = told.removeprefix("ConstantScore(").removesuffix(")") if kind == "exists" else told
        if score is None:
            return False, _node(0.0, f"{told} doesn't match id {self._number}")
        return True, _node(score, told)

    def _terms(self, kind: str, body: dict[str, Any], score: float | None) -> Node | None:
        name, rule = next(iter(body.items()))
        field = self._context.field(name)
        if field is None or field.kind not in ("text", "keyword", "boolean") or name.startswith("_"):
            return None
        boost = float(rule.get("boost", 1.0))
        if kind == "term":
            return self._term(field, rule["value"], boost)
        if rule.get("fuzziness") is not None:
            return None
        if field.kind == "boolean":
            return self._term(field, rule["query"], boost)
        every = [self._term(field, each, boost) for each in words(field, rule)]
        if len(every) == 1:
            return every[0]
        found = [each for each in every if each["value"]]
        if score is None:
            return (
                _node(0.0, "No matching clauses") if str(rule.get("operator", "or")).lower() == "or" else _unmet(every)
            )
        return _node(score, "sum of:", found)

    def _term(self, field: Field, value: Any, boost: float) -> Node:
        context = self._context
        found = matching.equals(field, value, context)
        if self._score(found.constant()) is None:
            return _node(0.0, "no matching term")
        n, many, idf = context.count(found), context.count(field.exists), context.idf(field, found)
        mean, often, length = 1.0, 1.0, 1.0
        if field.kind == "text":
            mean = context.mean_length(field)
            row = context.database.row(
                f"SELECT COUNT(*), SUM(each.value = ?) FROM docs, json_each({field.values}, {field.path}) AS each WHERE docs.seq = ?",
                (matching.text_of(value), self._seq),
            )
            length, often = (float(row[0]), float(row[1] or 0)) if row else (1.0, 1.0)
        tf = often / (often + 1.2 * (0.25 + 0.75 * length / mean))
        score = single(2.2 * boost * idf * tf)
        inner = [
            _node(written_single(2.2 * boost), "boost"),
            _node(written_single(idf), _IDF, [_node(n, "n, number of documents containing term"),
                                              _node(many, "N, total number of documents with field")]),
            _node(written_single(tf), _TF, [
                _node(often, "freq, occurrences of term within document"), _node(1.2, "k1, term saturation parameter"),
                _node(0.75, "b, length normalization parameter"), _node(length, "dl, length of field"),
                _node(written_single(mean), "avgdl, average length of field")]),
        ]  # fmt: skip
        return _node(written_single(score), f"weight({term(field, value, context)} in {self._number}) [PerFieldSimilarity], result of:",
                     [_node(written_single(score), f"score(freq={often}), product of:", inner)])  # fmt: skip

    def _bool(self, body: dict[str, Any]) -> tuple[bool, Node]:
        score = self._score(registry.parse({"bool": body}).build(self._context))
        must, should = body.get("must", []), body.get("should", [])
        if len(must) + len(should) == 1 and not body.get("filter") and not body.get("must_not"):
            return self._of([*must, *should][0])
        details: list[Node] = []
        unmet: list[Node] = []
        for each in must:
            is_met, node = self._of(each)
            details.append(node)
            unmet += (
                []
                if is_met
                else [_node(0.0, f"no match on required clause ({described(each, self._context)})", [node])]
            )
        for each in body.get("filter", []):
            is_met, node = self._of(each)
            plain = node if "bool" in each else _node(1.0, described(each, self._context))
            told = [_node(0.0, "# clause"), {**plain, "value": 1.0}]
            details.append(_node(0.0, "match on required clause, product of:", told))
            unmet += (
                []
                if is_met
                else [_node(0.0, f"no match on required clause ({described(each, self._context)})", [node])]
            )
        for each in body.get("must_not", []):
            is_met, node = self._of(each)
            unmet += (
                [_node(0.0, f"match on prohibited clause ({described(each, self._context)})", [node])] if is_met else []
            )
        for each in should:
            is_met, node = self._of(each)
            details += [node] if is_met else []
        if score is None:
            return False, _unmet(unmet) if unmet else _node(0.0, "No matching clauses")
        return True, _node(score, "sum of:", details)


def _unmet(details: list[Node]) -> Node:
    return _node(0.0, "Failure to meet condition(s) of required/prohibited clause(s)", details)
