"""Documents, bulk writes, indices, mappings, settings, aliases, templates and the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

MAPPING = {"properties": {
    "n": {"type": "long"}, "k": {"type": "keyword"}, "b": {"type": "boolean"}, "d": {"type": "date"}, "x": {"type": "double"}, "f": {"type": "float"},
    "t": {"type": "text", "fields": {"raw": {"type": "keyword"}}}, "u": {"type": "text"}, "tags": {"type": "keyword"}, "m": {"type": "integer"}, "nums": {"type": "long"},
    "path": {"type": "keyword"}, "o": {"properties": {"q": {"type": "integer"}, "p": {"properties": {"r": {"type": "keyword"}}}}},
}}  # fmt: skip
_TEXTS = ("The quick brown fox", "A lazy dog sleeps", "Quick fox jumps over the lazy dog", "brown bears eat fish", "the fox", "quick-brown things",
          "A fox, a dog and a quick bear", "nothing here", "lazy lazy lazy", "fox fox quick")  # fmt: skip
_DAY = 86_400_000
_START = 1_577_836_800_000  # 2020-01-01T00:00:00Z


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Twelve documents: some without a field, some with several values of one."""
    for n in range(12):
        document: dict[str, Any] = {
            "n": n, "k": ("get", "post", "get", "head", "get", "put")[n % 6], "b": n % 3 == 0, "d": _START + n * _DAY // 2 + (0 if n < 10 else _DAY), "x": n * 0.75, "f": n / 10,
            "t": _TEXTS[n % 10], "o": {"q": n % 4, "p": {"r": f"deep{n % 3}"}}, "nums": [n, n * 2 + 1], "path": "/a/b" if n % 2 else "/a/c",
        }  # fmt: skip
        if n % 4 != 3:
            document["tags"] = ["red", "blue", "green"][: n % 3 + 1] if n % 3 else "red"
        if n % 2:
            document["m"] = n
        yield str(n), document


def setup() -> Iterator[Exchange]:
    """What all others ask about: the index a1 with documents, and a2 with other fields."""
    yield Exchange(
        "setup", "PUT", "/a1", {"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": MAPPING}
    )
    yield Exchange(
        "setup",
        "PUT",
        "/a2",
        {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {"only": {"type": "long"}}}},
    )
    lines: list[Any] = []
    for name, document in documents():
        lines += [{"index": {"_index": "a1", "_id": name}}, document]
    yield Exchange("setup", "POST", "/_bulk?refresh=true", lines)
    yield Exchange("setup", "PUT", "/a2/_doc/1?refresh=true", {"only": 1, "k": "other"})
    yield Exchange("setup", "GET", "/a2/_mapping")


_BULKS: list[Any] = [
    [{"index": {"_index": "w", "_id": "1"}}, {"n": 1}, {"create": {"_index": "w", "_id": "1"}}, {"n": 2}, {"delete": {"_index": "w", "_id": "9"}}, {"update": {"_index": "w", "_id": "1"}}, {"doc": {"z": 5}}, {"update": {"_index": "w", "_id": "8"}}, {"doc": {"z": 5}}],
    [{"update": {"_index": "w", "_id": "1"}}, {"doc": {"z": 5}}, {"update": {"_index": "w", "_id": "7"}}, {"doc": {"n": 7}, "doc_as_upsert": True}, {"update": {"_index": "w", "_id": "6"}}, {"doc": {"n": 7}, "upsert": {"n": 6}}],
    [{"index": {"_index": "w", "_id": "2"}}, {"n": "abc"}, {"index": {"_index": "w", "_id": "3"}}, {"n": "12"}], [{"index": {"_index": "W", "_id": "3"}}, {"n": 1}], [{"index": {"_index": "w", "foo": 1}}, {}], [{"index": {}}, {}], [{"foo": {}}],
    [{"delete": {"_index": "w"}}], [{"index": {"_index": "w", "_id": "2", "if_seq_no": 99, "if_primary_term": 1}}, {"n": 2}], [{"index": {"_index": "w", "_id": "1", "version": 1, "version_type": "external"}}, {"n": 2}],
    [{"delete": {"_index": "w", "_id": "7"}}, {"index": {"_index": "w", "_id": "7"}}, {"n": 70}], [{"index": {"_index": "w", "_id": "10"}}, {"o": {"a": [1, 2], "b": {"c": "x"}}, "l": ["p", "q"], "e": [], "z": None}],
    [[1]], [{"index": {"_index": "w", "_id": "11", "op_type": "create"}}, {"n": 11}], ["{bad"], [{"update": {"_index": "w", "_id": "1"}}, {"foo": 1}], [{"index": {"_index": "w", "_id": "12"}}, "{bad"], [{"index": {"_index": "w", "_id": ""}}, {"n": 1}],
]  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    for lines in _BULKS:
        yield Exchange("bulk", "POST", "/_bulk", lines)
    yield Exchange("bulk", "POST", "/w/_bulk?refresh=true", [{"index": {"_id": "20"}}, {"n": 20}])
    yield Exchange("bulk", "POST", "/_bulk", b"")
    yield Exchange("bulk", "POST", "/_bulk?foo=1", [{"index": {"_index": "w", "_id": "1"}}, {"n": 1}])
    yield Exchange("bulk", "POST", "/_bulk", b'{"index":{"_index":"w"}}')
    yield from _single()
    yield from _by_query()
    yield from _indices()
    yield from _changes()
    yield from _names()
    yield from _cluster()


def _single() -> Iterator[Exchange]:
    kind = "documents"
    for path, body in (
        ("/s/_doc/1", {"a": 1}), ("/s/_doc/1", {"a": 2}), ("/s/_create/1", {"a": 3}), ("/s/_doc/1?op_type=create", {"a": 3}), ("/s/_doc/2?op_type=foo", {}), ("/s/_doc/1?if_seq_no=77&if_primary_term=1", {}),
        ("/s/_doc/9?if_seq_no=5&if_primary_term=1", {}), ("/s/_doc/1?version=5", {}), ("/s/_doc/3?version=5&version_type=external", {"a": 1}), ("/s/_doc/3?version=5&version_type=external", {"a": 1}), ("/s/_doc/4?refresh=foo", {}),
        ("/s/_doc/4", {"a": "x"}), ("/s/_doc/4", {"a": {"b": 1}}), ("/s/_doc/5", {"a": True}), ("/s/_doc/6", {"s": "2020-01-01", "g": 1.5, "h": "plain", "i": {"j": 1}}), ("/s/_doc/7", {"": 1}), ("/s/_doc/8?foo=1", {}),
        ("/s/_doc/8", {"p.q": 1, "p": {"r": 2}}), ("/s/_doc/8?refresh=true", {"p.q": 2}), ("/s/_doc/11?routing=", {"a": 1}),
    ):  # fmt: skip
        yield Exchange(kind, "PUT", path, body)
    for body in (b"", b"[1]", b"{", b"nonsense"):
        yield Exchange(kind, "PUT", "/s/_doc/10", body)
    for path in (
        "/s/_doc/1",
        "/s/_doc/99",
        "/nope/_doc/1",
        "/s/_doc/1?_source=false",
        "/s/_doc/6?_source_includes=s,g",
        "/s/_source/1",
        "/s/_source/99",
        "/s/_doc/1?version=1",
        "/s/_mapping",
        "/s/_doc/8",
    ):
        yield Exchange(kind, "GET", path)
    yield Exchange(kind, "HEAD", "/s/_doc/1")
    yield Exchange(kind, "HEAD", "/s/_doc/99")
    for path in ("/s/_doc/1", "/s/_doc/1", "/s/_doc/98"):
        yield Exchange(kind, "DELETE", path)
    for body in (
        {"doc": {"a": 5}}, {"doc": {"a": 5}}, {"doc": {"a": 5}, "detect_noop": False}, {"doc": {"n": {"x": 1}}}, {"doc": {"n": {"y": 2}}}, {}, {"foo": 1}, {"doc": {"a": 1}, "script": "x"},
    ):  # fmt: skip
        yield Exchange("update", "POST", "/s/_update/3", body)
    yield Exchange("update", "POST", "/s/_update/50", {"doc": {"a": 1}})
    yield Exchange("update", "POST", "/s/_update/50", {"doc": {"a": 1}, "upsert": {"a": 9}})
    yield Exchange("update", "POST", "/s/_update/51", {"doc": {"a": 1}, "doc_as_upsert": True})
    yield Exchange("update", "POST", "/s/_update/51?_source=true", {"doc": {"a": 2}})
    yield Exchange("update", "POST", "/s/_update/51", {"script": {"source": "x", "lang": "painless"}})
    yield Exchange("update", "POST", "/s/_update/51?if_seq_no=999&if_primary_term=1", {"doc": {"a": 2}})
    yield Exchange("update", "POST", "/s/_update/3", b"")
    yield Exchange(
        "mget",
        "POST",
        "/_mget",
        {
            "docs": [
                {"_index": "s", "_id": "3"},
                {"_index": "nope", "_id": "1"},
                {"_index": "s", "_id": "99"},
                {"_index": "s", "_id": "6", "_source": ["s"]},
            ]
        },
    )
    yield Exchange("mget", "POST", "/s/_mget", {"ids": ["3", "6", "99"]})
    yield Exchange("mget", "POST", "/s/_mget?_source=false", {"ids": ["3"]})
    yield Exchange("mget", "POST", "/_mget", {})
    yield Exchange("mget", "POST", "/_mget", {"docs": [{"_id": "1"}]})
    yield Exchange("mget", "POST", "/s/_mget", {"foo": ["3"]})


def _by_query() -> Iterator[Exchange]:
    # the module that has _delete_by_query is not in the package that the real one is installed from
    yield Exchange("refresh", "POST", "/s/_refresh")
    yield Exchange("refresh", "POST", "/_refresh", quiet=True)
    yield Exchange("refresh", "POST", "/a1/_flush")
    yield Exchange("refresh", "POST", "/nope/_refresh")
    yield Exchange("documents", "POST", "/s/_search", {"query": {"term": {"p.q": 2}}})
    yield Exchange("documents", "POST", "/s/_search", {"query": {"exists": {"field": "p"}}, "sort": [{"p.q": "asc"}]})
    yield Exchange("documents", "POST", "/w/_search", {"query": {"term": {"o.b.c": "x"}}})


def _indices() -> Iterator[Exchange]:
    kind = "indices admin"
    for path, body in (
        ("/i1", {"settings": {"number_of_replicas": 0, "index": {"refresh_interval": "5s"}}, "aliases": {"al": {}}}), ("/i1", {}), ("/I1", {}), ("/_i", {}), ("/i+1,2", {}), ("/i2", {"foo": {}}), ("/i2", {"settings": {"foo": 1}}),
        ("/i2", {"settings": {"number_of_shards": 0}}), ("/i2", {"settings": {"number_of_replicas": "x"}}), ("/i2", {"mappings": {"properties": {"x": {"type": "foo"}}}}), ("/i2", {"mappings": {"properties": {"x": {"foo": 1}}}}), ("/i2", {"mappings": {"foo": 1}}),
        ("/i2", {"mappings": {"properties": {"x": {"type": "keyword", "foo": 1}}}}), ("/i2", {"mappings": {"dynamic": "strict", "properties": {"x": {"type": "keyword", "ignore_above": 5}}}}), ("/i3", {"mappings": {"dynamic": False, "properties": {"x": {"type": "long"}}}}),
        ("/i4", {"mappings": {"properties": {"d": {"type": "date", "format": "yyyy/MM/dd"}, "v": {"type": "keyword", "null_value": "NULL"}, "w": {"type": "long", "ignore_malformed": True}}}}), ("/i5", None), ("/al", {}),
    ):  # fmt: skip
        yield Exchange(kind, "PUT", path, body)
    for path, body in (
        ("/i2/_doc/1", {"x": "abc", "y": 1}), ("/i2/_doc/1", {"x": "abcdefgh"}), ("/i3/_doc/1", {"x": 1, "y": 2}), ("/i4/_doc/1", {"d": "2020/01/02", "v": None, "w": "zz"}), ("/i4/_doc/2", {"d": "2020-01-02"}), ("/al/_doc/1", {"q": 1}),
        ("/i4/_doc/3?refresh=true", {"d": "2020/02/03", "v": "x", "w": 3}),
    ):  # fmt: skip
        yield Exchange(kind, "PUT", path, body)
    yield Exchange("refresh", "POST", "/_refresh", quiet=True)
    for path in ("/i2/_search?q=x:abcdefgh", "/i3/_search?q=y:2", "/i3/_mapping", "/i4/_search?q=v:NULL", "/i4/_search?sort=d&q=*", "/al/_search", "/i4/_search?sort=w:desc", "/i1", "/i1/_settings", "/nope", "/i1/_mapping", "/i2/_mapping", "/i4/_mapping/field/d",
                 "/i4/_mapping/field/*", "/i1/_alias", "/_alias/al", "/_alias/nope", "/i1/_alias/al", "/i1/_settings?flat_settings=true", "/i1/_settings/index.number*", "/al"):  # fmt: skip
        yield Exchange(kind, "GET", path)
    yield Exchange(kind, "HEAD", "/i1")
    yield Exchange(kind, "HEAD", "/nope")


def _changes() -> Iterator[Exchange]:
    for body in (
        {"properties": {"new": {"type": "keyword"}}},
        {"properties": {"x": {"type": "long"}}},
        {"properties": {"x": {"type": "keyword", "ignore_above": 9}}},
        {"properties": {"o": {"properties": {"p": {"type": "long"}}}}},
        {"foo": 1},
        {"dynamic": "true"},
    ):
        yield Exchange("mapping", "PUT", "/i2/_mapping", body)
    yield Exchange("mapping", "GET", "/i2/_mapping")
    yield Exchange("mapping", "PUT", "/nope/_mapping", {"properties": {}})
    yield Exchange("mapping", "PUT", "/i2/_mapping", b"")
    for body in (
        {"index": {"number_of_replicas": 1}},
        {"number_of_replicas": 0},
        {"index": {"number_of_shards": 3}},
        {"foo": 1},
        {"index": {"max_result_window": 5}},
        {},
        {"index.refresh_interval": "abc"},
        {"index": {"blocks.write": True}},
    ):
        yield Exchange("settings", "PUT", "/i4/_settings", body)
    yield Exchange("settings", "PUT", "/i4/_doc/9", {"w": 1})
    yield Exchange("settings", "PUT", "/i4/_settings", {"index": {"blocks.write": None}})
    yield Exchange("settings", "GET", "/i4/_search?size=6")
    yield Exchange("settings", "GET", "/i4/_settings")


def _names() -> Iterator[Exchange]:
    for actions in ([{"add": {"index": "i2", "alias": "al2"}}], [{"add": {"index": "i*", "alias": "all", "filter": {"term": {"x": 1}}}}], [{"remove": {"index": "i2", "alias": "al2"}}], [{"remove": {"index": "i2", "alias": "al2"}}], [{"foo": {}}], [{"add": {"alias": "x"}}],
                    [{"add": {"index": "nope", "alias": "x"}}], [], [{"add": {"index": "i2", "alias": "i1"}}]):  # fmt: skip
        yield Exchange("aliases", "POST", "/_aliases", {"actions": actions})
    for method, path, body in (
        ("GET", "/all/_search?size=0", None),
        ("GET", "/_alias/all", None),
        ("PUT", "/i2/_alias/al3", None),
        ("DELETE", "/i2/_alias/al3", None),
        ("DELETE", "/i2/_alias/al3", None),
        ("PUT", "/all/_doc/5", {"x": 1}),
        ("DELETE", "/all", None),
    ):
        yield Exchange("aliases", method, path, body)
    template = {
        "index_patterns": ["tp*"],
        "order": 1,
        "settings": {"number_of_replicas": 0},
        "mappings": {
            "dynamic_templates": [
                {"d": {"match": "*_TS", "mapping": {"type": "date"}}},
                {"s": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}},
            ]
        },
        "aliases": {"tpa": {}},
    }
    for method, path, body in (
        ("PUT", "/_template/tp", template), ("GET", "/_template/tp", None), ("GET", "/_template/nope", None), ("PUT", "/_template/bad", {}), ("PUT", "/_template/bad", {"index_patterns": ["x"], "foo": 1}), ("PUT", "/_template/bad", {"index_patterns": ["x"], "mappings": {"_default_": {}}}), ("PUT", "/_template/tp?create=true", template),
        ("PUT", "/_template/bad", {"index_patterns": ["x"], "settings": {"foo": 1}}), ("PUT", "/tp1/_doc/1?refresh=true", {"A_TS": 1577836800000, "s": "v", "n": 1, "f": 1.5}), ("GET", "/tp1", None), ("GET", "/tpa/_search", None), ("HEAD", "/_template/tp", None), ("DELETE", "/_template/tp", None), ("DELETE", "/_template/tp", None),
        ("PUT", "/_template/tp/", template), ("GET", "/_template/tp?flat_settings=true", None), ("GET", "/_template/t*", None),
    ):  # fmt: skip
        yield Exchange("templates", method, path, body)


def _cluster() -> Iterator[Exchange]:
    for path in ("/i1", "/nope", "/i2,i3", "/i1"):
        yield Exchange("indices admin", "DELETE", path)
    for path in ("/", "/_cluster/health", "/_cluster/health/a1", "/_cluster/health?level=indices", "/_cluster/health?wait_for_status=foo", "/_cluster/settings", "/_cat/indices?format=json&s=index", "/_cat/indices/a1?format=json", "/_cat/indices/a*?h=index,docs.count&s=index&format=json", "/_cat/indices/nope",
                 "/_cat/health?format=json", "/_cat/count?format=json", "/_cat/count/a1?h=count&format=json", "/_cat/aliases?format=json&s=alias,index", "/_cat/templates?format=json", "/_cat/indices/a1", "/_cat/indices/a1?v", "/_cat/shards/a1?format=json&h=index,shard,prirep,state,docs", "/_foo", "/a1/_foo", "/_foo/bar/baz/x", "/_cat/foo", "/a1/_stats/docs"):  # fmt: skip
        yield Exchange("cluster", "GET", path)
    for method, path in (
        ("POST", "/a1"),
        ("PUT", "/_search"),
        ("DELETE", "/a1/_search"),
        ("PATCH", "/a1"),
        ("POST", "/_cluster/health"),
    ):
        yield Exchange("cluster", method, path)
    yield Exchange("analyze", "POST", "/_analyze", {"text": "The quick, 1.5 brown-fox o'neil"})
    yield Exchange("analyze", "POST", "/_analyze", {"analyzer": "whitespace", "text": "The quick-fox"})
    yield Exchange("analyze", "POST", "/a1/_analyze", {"field": "k", "text": "The quick-fox"})
    yield Exchange("analyze", "POST", "/_analyze", {"analyzer": "keyword", "text": ["a b", "c"]})
    yield Exchange("analyze", "POST", "/_analyze", {})
    yield Exchange("field caps", "GET", "/a1/_field_caps?fields=n,k,t,o*")
    yield Exchange("field caps", "GET", "/a1,a2/_field_caps?fields=k,only,n")
