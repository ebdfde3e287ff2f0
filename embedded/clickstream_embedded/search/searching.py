"""One search over the store: which documents, in which order, and what is computed of them."""

from __future__ import annotations

import fnmatch
import time
from dataclasses import dataclass, replace
from typing import Any

from clickstream_embedded.search import sorting
from clickstream_embedded.search.aggregating import Aggregating
from clickstream_embedded.search.collapsing import check_single, groups_of
from clickstream_embedded.search.describing import described, profiled
from clickstream_embedded.search.errors import ShardError, failed_shard, shards_failed
from clickstream_embedded.search.numbers import written_single
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.queries.base import ALL, Context, Sql
from clickstream_embedded.search.queries.compound import summed
from clickstream_embedded.search.request import Search, refuse_scripts
from clickstream_embedded.search.rescoring import rescored
from clickstream_embedded.search.settings import check_blocks
from clickstream_embedded.search.showing import BY_SCORE, Showing
from clickstream_embedded.search.store import Store
from clickstream_embedded.search.suggesting import Suggesting

Targets = dict[str, list[dict[str, Any]] | None]
_FEW = 1_000  # rows whose names are looked up one by one


@dataclass(slots=True)
class Part:
    """The search on one index."""

    context: Context
    condition: Sql
    post: Sql | None


class Searching:
    """One search; holds the lock of the store for as long as it runs."""

    def __init__(self, store: Store, search: Search, targets: Targets, now: int | None = None) -> None:
        self._store, self._search = store, search
        self._now = int(time.time() * 1000) if now is None else now
        self._keys = search.sort or BY_SCORE
        self._scoring = search.size > 0 or search.min_score is not None or any(k.name == "_score" for k in search.sort)
        self._by_score = any(key.name == "_score" for key in self._keys)
        self._showing = Showing(store, search)
        self.failures: list[tuple[str, ShardError]] = []
        self._targets = targets

    def answer(self) -> dict[str, Any]:
        """The body of the answer. Raises SearchError."""
        started = time.monotonic()
        with self._store.lock:
            parts = self._parts()
            contexts = [part.context for part in parts]
            suggested: dict[str, Any] | None = None
            try:
                if self._search.suggest is not None:
                    suggested = Suggesting(
                        self._store.database, self._search.suggest, contexts, self._search.source
                    ).results()
                    if (
                        self._search.query is None and not self._search.aggregations
                    ):  # nothing is asked of the documents
                        parts = []
                found = self._hits(parts)
                aggregations = (
                    Aggregating(self._store, self._search.aggregations).results(
                        [(part.context, part.condition) for part in parts]
                    )
                    if self._search.aggregations
                    else None
                )
                refuse_scripts(self._search.scripts)
            except ShardError as error:
                raise shards_failed([(contexts[0].index.name if contexts else "", error)]) from None
        shards = sum(self._store.indices.all[name].shards for name in self._targets)
        failed = sum(self._store.indices.all[name].shards for name, _ in self.failures)
        counted: dict[str, Any] = {"total": shards, "successful": shards - failed, "skipped": 0, "failed": failed}
        if self.failures:
            counted["failures"] = [failed_shard(name, error) for name, error in self.failures]
        answer: dict[str, Any] = {"took": int((time.monotonic() - started) * 1000), "timed_out": False}
        if self._search.terminate_after:
            answer["terminated_early"] = found.pop("ended")
        found.pop("ended", None)
        answer |= {"_shards": counted, "hits": found}
        if aggregations is not None and shards:
            answer["aggregations"] = aggregations
        if suggested is not None:
            answer["suggest"] = suggested
        if self._search.profile:
            answer["profile"] = {"shards": [profiled(context, self._search.query) for context in contexts]}
        return answer

    def count(self) -> tuple[int, int]:
        """(documents that match, shards). Raises SearchError."""
        with self._store.lock:
            parts = self._parts()
            return sum(part.context.count(part.condition) for part in parts), sum(
                self._store.indices.all[name].shards for name in self._targets
            )

    def described(self) -> list[dict[str, Any]]:
        """The query as Lucene has it, by index. Raises SearchError and ShardError."""
        query = self._search.query
        with self._store.lock:
            return [
                {"index": part.context.index.name, "valid": True,
                 "explanation": "*:*" if query is None else described(query.shown, part.context)}
                for part in self._parts()
            ]  # fmt: skip

    def matching(self) -> list[tuple[str, str, int, int]]:
        """(index, id, version, sequence number) of all that match. Raises SearchError."""
        with self._store.lock:
            return [
                row
                for part in self._parts()
                for row in self._store.database.rows(
                    f"SELECT docs.idx, docs.id, docs.version, docs.seq_no FROM docs WHERE docs.idx = ? AND ({part.condition.where})"
                    " ORDER BY docs.seq", (part.context.index.name, *part.condition.values),
                )
            ]  # fmt: skip

    def everything(self) -> list[tuple[Any, ...]]:
        """(index, id, score, values of the sort) of all hits, in order: what a scroll keeps. Raises SearchError."""
        search = self._search
        self._search = replace(search, size=-1, start=0)
        try:
            rows = self._page(self._parts())
        finally:
            self._search = search
        named = {seq: (index, identifier) for seq, index, identifier in self._store.database.rows("SELECT seq, idx, id FROM docs")} if (
            len(rows) > _FEW) else {}  # fmt: skip
        found: list[tuple[Any, ...]] = []
        for seq, score, *values in rows:
            place = named.get(seq) or self._store.database.row("SELECT idx, id FROM docs WHERE seq = ?", (seq,))
            if place is not None:
                found.append((*place, score, *values[: len(self._keys)]))
        return found

    def hits_of(self, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """The hits of rows as `everything` gave them, with the documents as they are now; those that are gone are left out."""
        found: list[dict[str, Any]] = []
        for index, identifier, *rest in rows:
            place = self._store.database.row("SELECT seq FROM docs WHERE idx = ? AND id = ?", (index, identifier))
            if place is not None and index in self._store.indices.all:
                context = Context(self._store.database, self._store.indices.all[index], self._now)
                found.append(self._showing.hit((place[0], *rest), {index: context}))
        return found

    # -- what is searched ---------------------------------------------------------------------------------------

    def _parts(self) -> list[Part]:
        parts: list[Part] = []
        for name, filters in self._targets.items():
            context = Context(self._store.database, self._store.indices.all[name], self._now, self._scoring)
            try:
                parts.append(self._part(context, filters))
            except ShardError as error:
                self.failures.append((name, error))
        if self.failures and not parts:
            raise shards_failed(self.failures)
        return parts

    def _part(self, context: Context, filters: list[dict[str, Any]] | None) -> Part:
        search = self._search
        check_blocks(context.index.name, context.index.settings, "read")
        if search.start + search.size > context.index.window:
            raise ShardError("illegal_argument_exception", "Result window is too large, from + size must be less than or equal to: "
                             f"[{context.index.window}] but was [{search.start + search.size}]. See the scroll api for a more efficient way "
                             "to request large data sets. This limit can be set by changing the [index.max_result_window] index level "
                             "setting.")  # fmt: skip
        condition = search.query.on(context) if search.query is not None else ALL
        boost = next((each for name, each in search.boosts if fnmatch.fnmatchcase(context.index.name, name) or
                      name in context.index.aliases), 1.0)  # fmt: skip
        condition = condition.scored(boost)
        if search.terminate_after < 0:  # it has ended before it began
            condition = condition.scored(0).constant(0)
            condition = Sql("0", (), condition.score, condition.weights)
        if filters:
            allowed = summed([], [registry.parse(each).on(context).constant(0) for each in filters], 1)
            condition = summed([condition, allowed.constant(0)])
        if search.min_score is not None:
            where = f"({condition.where}) AND ({condition.score}) >= ?"
            condition = Sql(
                where, (*condition.values, *condition.weights, search.min_score), condition.score, condition.weights
            )
        if search.slice_of is not None:
            number, most = search.slice_of
            condition = Sql(
                f"({condition.where}) AND docs.seq % {most} = {number}",
                condition.values,
                condition.score,
                condition.weights,
            )
        for key in self._keys:
            if key.name not in ("_score", "_doc"):
                key.field(context)
        if search.after is not None:
            sorting.check_after(search.after, list(search.sort))
        return Part(context, condition, search.post_filter.on(context) if search.post_filter is not None else None)

    # -- hits ---------------------------------------------------------------------------------------------------

    def _hits(self, parts: list[Part]) -> dict[str, Any]:
        search = self._search
        total = self._total(parts)
        if search.collapse and search.size:
            for part in parts:
                check_single(self._store.database, part.context, part.condition, search.collapse)
        rows = self._page(parts) if search.size and parts else []
        contexts = {part.context.index.name: part.context for part in parts}
        found = [self._showing.hit(row, contexts) for row in rows]
        if search.collapsed and search.collapse:
            for hit, row in zip(found, rows, strict=True):
                hit["inner_hits"] = {
                    name: {"hits": Searching(self._store, inner, self._targets, self._now).answer()["hits"]}
                    for name, inner in groups_of(search, row[2 + len(self._keys)])
                }
        best = self._best(parts, found)
        ended = bool(search.terminate_after < 0 or (search.terminate_after > 0 and total > search.terminate_after))
        total = min(total, search.terminate_after) if search.terminate_after > 0 else total
        shown: dict[str, Any] = {}
        if search.total is not None:
            plain = self._store.dialect.has_types or total <= search.total
            shown["total"] = self._store.dialect.total(total) if plain else {"value": search.total, "relation": "gte"}
        return {**shown, "max_score": best, "hits": found, "ended": ended}

    def _best(self, parts: list[Part], found: list[dict[str, Any]]) -> float | None:
        scored = not self._search.sort or self._search.track_scores or self._search.sort == BY_SCORE
        if not self._targets:
            return 0.0
        if not self._search.size:
            return 0.0 if self._store.dialect.has_types and not self._search.size else None
        if not scored or not parts or (not found and not self._total(parts)):
            return None
        if (
            found
            and not self._search.start
            and (not self._search.sort or self._keys[0] == BY_SCORE[0])
            and self._search.after is None
        ):
            return found[0]["_score"]
        best = 0.0
        for part in parts:
            row = self._store.database.row(
                f"SELECT MAX({part.condition.score}) FROM docs WHERE docs.idx = ? AND ({part.condition.where})",
                (*part.condition.weights, part.context.index.name, *part.condition.values),
            )
            best = max(best, float(row[0] or 0) if row else 0.0)
        return written_single(best)

    def _total(self, parts: list[Part]) -> int:
        total = 0
        for part in parts:
            condition = part.condition if part.post is None else summed([part.condition, part.post])
            total += part.context.count(condition)
        return total

    def _page(self, parts: list[Part]) -> list[tuple[Any, ...]]:
        """(seq, score, values of the sort, names that matched ...) of the hits of the page."""
        search, keys = self._search, self._keys
        selects: list[str] = []
        values: list[Any] = []
        # a score is only computed where somebody reads it
        scoring = self._by_score or search.track_scores
        for part in parts:
            score = part.condition.score if scoring else "NULL"
            columns = ["docs.seq AS seq", f"({score}) AS score"]
            values += part.condition.weights if scoring else ()
            for place, key in enumerate(keys):
                columns.append(f"{key.sql(part.context, score)} AS s{place}")
                values += part.condition.weights if key.name == "_score" else ()
            group = "NULL"
            if search.collapse is not None:
                group = self._collapsed(part.context, search.collapse)
            columns.append(f"{group} AS grouped")
            where = ["docs.idx = ?", f"({part.condition.where})"]
            values += [part.context.index.name, *part.condition.values]
            if part.post is not None:
                where.append(f"({part.post.where})")
                values += part.post.values
            selects.append(f"SELECT {', '.join(columns)} FROM docs WHERE {' AND '.join(where)}")
        order = ", ".join([*(key.order(f"s{place}") for place, key in enumerate(keys)), "seq ASC"])
        inner = " UNION ALL ".join(selects)
        statement = f"SELECT * FROM ({inner})"
        if search.collapse is not None:
            statement = (f"SELECT seq, score, {', '.join(f's{place}' for place in range(len(keys)))}, grouped FROM (SELECT *, ROW_NUMBER() "
                         f"OVER (PARTITION BY grouped ORDER BY {order}) AS place FROM ({inner})) WHERE place = 1")  # fmt: skip
        if search.after is not None:
            joint = "AND" if search.collapse is not None else "WHERE"
            statement += f" {joint} {self._after([part.context for part in parts])}"
        if not search.rescore or search.size < 0:
            return self._store.database.rows(
                f"{statement} ORDER BY {order} LIMIT ? OFFSET ?", [*values, search.size, search.start]
            )
        deep = max(search.start + search.size, *(each.window for each in search.rescore))
        rows = self._store.database.rows(f"{statement} ORDER BY {order} LIMIT ? OFFSET 0", [*values, deep])
        for each in search.rescore:
            rows = rescored(self._store.database, [part.context for part in parts], rows, each)
        return rows[search.start : search.start + search.size]

    def _after(self, contexts: list[Context]) -> str:
        condition = "0"
        for place, (key, value) in reversed([*enumerate(zip(self._keys, self._search.after or [], strict=True))]):
            later, same = key.after(f"s{place}", value, contexts)
            condition = f"({later} OR ({same} AND {condition}))"
        return condition

    def _collapsed(self, context: Context, name: str) -> str:
        field = context.field(name)
        if field is None:
            raise ShardError("illegal_argument_exception", f"no mapping found for `{name}` in order to collapse on")
        if field.kind in ("text", "object", "boolean"):
            raise ShardError(
                "illegal_argument_exception",
                f"unknown type for collapse field `{name}`, only keywords and numbers are accepted",
            )
        return field.sql
