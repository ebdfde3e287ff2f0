"""The totals of the indices: right after all kinds of writes, and told without looking at documents."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream_embedded.search import retention, totals
from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.errors import SearchError
from clickstream_embedded.search.mapping import MappingError
from clickstream_embedded.search.store import Operation, Store

_ASKED = (
    "/_cat/indices", "/_cat/count", "/_cat/count/clicks", "/_cat/shards", "/_cat/segments", "/_cat/allocation", "/_stats",
    "/clicks/_stats", "/_segments", "/_nodes/stats", "/_cluster/stats", "/_count", "/clicks/_count", "/_search?size=0",
)  # fmt: skip


def _documents(count: int, index: str = "clicks") -> list[Operation]:
    return [Operation("index", index, f"{number}", b'{"user":%d}' % number) for number in range(count)]


@asynccontextmanager
async def _client(store: Store) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Application(store)), base_url="http://search") as made:
        yield made


# -- how much is looked at -----------------------------------------------------------------------------------------


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections that are made."""
    made: list[sqlite3.Connection] = []
    plain = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        made.append(plain(*args, **options))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    return made


@contextmanager
def _steps(connection: sqlite3.Connection) -> Generator[list[None]]:
    """One entry for each step that SQLite does meanwhile."""
    done: list[None] = []
    connection.set_progress_handler(lambda: done.append(None), 1)
    yield done
    connection.set_progress_handler(None, 1)


@pytest.mark.parametrize("path", _ASKED)
async def test_a_total_costs_the_same_however_many_documents_there_are(
    path: str, tmp_path: Path, connections: list[sqlite3.Connection]
) -> None:
    found: list[int] = []
    for count in (10, 1_000):
        store = Store(tmp_path / f"{count}.sqlite")
        store.bulk(_documents(count))
        async with _client(store) as client:
            with _steps(connections[-1]) as steps:
                answer = await client.get(path)
        assert answer.status_code == 200
        found.append(len(steps))
        store.close()
    assert 0 < found[0] == found[1]


def test_looking_after_the_newest_counts_no_documents(tmp_path: Path, connections: list[sqlite3.Connection]) -> None:
    found: list[int] = []
    for count in (10, 1_000):
        store = Store(tmp_path / f"{count}.sqlite")
        store.bulk(_documents(count))
        with _steps(connections[-1]) as steps:
            retention.keep_newest(store.database, "clicks")
        found.append(len(steps))
        store.close()
    assert 0 < found[0] == found[1]


# -- whether it is right -------------------------------------------------------------------------------------------

_NAME = st.sampled_from(["a", "b"])
_ID = st.integers(0, 9).map(str)
_BODY = st.fixed_dictionaries({"n": st.integers(0, 3)}, optional={"t": st.text(max_size=20)})
_QUERY = st.sampled_from([{"match_all": {}}, {"term": {"n": 1}}, {"range": {"n": {"gte": 2}}}])
_WRITE = st.one_of(
    st.tuples(st.sampled_from(["index", "create"]), _NAME, _ID, _BODY),
    st.tuples(st.just("update"), _NAME, _ID, st.fixed_dictionaries({"doc": _BODY}, optional={"upsert": _BODY})),
    st.tuples(st.just("update"), _NAME, _ID, st.fixed_dictionaries({"doc": _BODY, "doc_as_upsert": st.just(True)})),
    st.tuples(st.just("delete"), _NAME, _ID, st.none()),
    st.tuples(st.just("index"), _NAME, _ID, st.just({"n": "no number"})),
)
_ACTION = st.one_of(
    st.tuples(st.just("one"), _WRITE),
    st.tuples(st.sampled_from(["bulk", "failing bulk"]), st.lists(_WRITE, min_size=1, max_size=20)),
    st.tuples(st.sampled_from(["_delete_by_query", "_update_by_query"]), _NAME, _QUERY),
    st.tuples(st.sampled_from(["_reindex", "_clone"]), _NAME, _QUERY),
    st.tuples(st.just("end"), _NAME),
    st.tuples(st.just("open again")),
)


def _operation(write: tuple[str, str, str, Any]) -> Operation:
    action, index, identifier, body = write
    return Operation(action, index, identifier, b"" if body is None else orjson.dumps(body))


@dataclass(slots=True)
class _Server:
    """A store that all kinds of writes come to, by the requests that clients make where there is one."""

    path: Path
    store: Store

    async def do(self, action: tuple[Any, ...]) -> None:
        match action:
            case "one", write:
                with suppress(SearchError, MappingError):
                    self.store.write(_operation(write))
            case "bulk", writes:
                self.store.bulk([_operation(each) for each in writes])
            case "failing bulk", writes:
                await self._fail(writes)
            case ("open again",):
                self.store.close()
                self.store = Store(self.path)
            case _:
                async with _client(self.store) as client:
                    await _ask(client, action)

    async def _fail(self, writes: list[Any]) -> None:
        """Writes that are all taken back as the last of them is done."""
        operations = [_operation(each) for each in writes]

        def then(operation: Operation, _: Any) -> None:
            if operation is operations[-1]:
                raise OSError("no space left on device")

        with pytest.raises(OSError, match="no space"):
            self.store.bulk(operations, then)

    def recount(self) -> dict[str, tuple[int, int]]:
        rows = self.store.database.rows("SELECT idx, COUNT(*), SUM(LENGTH(source)) FROM docs GROUP BY idx")
        return {name: (count, size) for name, count, size in rows}


async def _ask(client: httpx.AsyncClient, action: tuple[Any, ...]) -> None:
    match action:
        case "_reindex", name, query:
            await client.post("/_reindex", json={"source": {"index": name, "query": query}, "dest": {"index": "c"}})
        case "_clone", name, _:
            await client.put(f"/{name}/_settings", json={"index.blocks.write": True})
            await client.post(f"/{name}/_clone/d")
            await client.put(f"/{name}/_settings", json={"index.blocks.write": False})
        case "end", name:
            await client.delete(f"/{name},c,d?ignore_unavailable=true")
        case way, name, query:
            await client.post(f"/{name}/{way}", json={"query": query})
        case _:
            raise AssertionError(action)


@given(st.lists(_ACTION, max_size=12))
@settings(max_examples=100, deadline=None)
def test_totals_are_those_of_a_recount_after_all_kinds_of_writes(actions: list[tuple[Any, ...]]) -> None:
    async def run(path: Path) -> None:
        server = _Server(path, Store(path))
        server.store.bulk([*_documents(4, "a"), *_documents(4, "b")])
        for action in actions:
            await server.do(action)
            assert totals.by_index(server.store.database) == server.recount()
        server.store.close()

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(retention, "MAX_DOCUMENTS", 5)
        patch.setattr(retention, "LOOK_EVERY", 3)
        asyncio.run(run(Path(folder) / "search.sqlite"))


@pytest.mark.parametrize("statement", [
    "UPDATE docs SET source = '{\"longer\":true}' WHERE id = '1'", "UPDATE docs SET idx = 'other' WHERE id < '3'",
    "UPDATE OR REPLACE docs SET id = '2' WHERE id = '1'", "DELETE FROM docs",
])  # fmt: skip
def test_totals_follow_each_statement(tmp_path: Path, statement: str) -> None:
    store = Store(tmp_path / "search.sqlite")
    server = _Server(tmp_path / "search.sqlite", store)
    store.bulk(_documents(5))
    store.database.run(statement)
    assert totals.by_index(store.database) == server.recount()
    store.close()


def test_a_file_of_an_earlier_version_is_counted_as_it_opens(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "search.sqlite") as earlier:
        earlier.execute("CREATE TABLE indices (name TEXT PRIMARY KEY, mapping TEXT)")
        earlier.execute("CREATE TABLE docs (seq INTEGER PRIMARY KEY, idx TEXT, id TEXT, version INTEGER, source TEXT)")
        earlier.execute("INSERT INTO indices VALUES ('clicks', '{}')")
        earlier.execute("""INSERT INTO docs VALUES (1, 'clicks', 'a', 1, '{"t":"é"}'), (2, 'clicks', 'b', 1, '{}')""")
    earlier.close()
    store = Store(tmp_path / "search.sqlite")
    assert store.counts() == {"clicks": (2, 11)}
    store.bulk([Operation("delete", "clicks", "b"), Operation("index", "clicks", "a", b"{}")])
    assert store.counts() == {"clicks": (1, 2)}
    assert store.indices.all["clicks"].next_seq == 4
    store.close()


def test_an_index_that_was_made_again_starts_from_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "search.sqlite")
    store.bulk(_documents(5))
    store.forget("clicks")
    assert totals.by_index(store.database) == {}
    store.indices.create("clicks")
    assert store.counts() == {"clicks": (0, 0)}
    store.close()
