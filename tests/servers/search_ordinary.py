"""What people and programs send on an ordinary day: clients' helpers, curl, dashboards, scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

_CLICKS = [{"ts": 1600000000000 + 7_000 * n, "ip": f"10.0.0.{n % 4}", "status": (200, 404, 500)[n % 3], "bytes": 100 * n, "url": f"/p/{n % 5}",
            "agent": ("curl/7.6", "Mozilla/5.0 (X11)")[n % 2], "user": {"name": ("ann", "bob", "cy")[n % 3], "level": n % 4}} for n in range(20)]  # fmt: skip
_MAPPING = {"properties": {"ts": {"type": "date"}, "ip": {"type": "keyword"}, "status": {"type": "integer"}, "bytes": {"type": "long"},
                           "url": {"type": "keyword"}, "agent": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
                           "user": {"properties": {"name": {"type": "keyword"}, "level": {"type": "short"}}}}}  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    yield from _made()
    yield from _searched()
    yield from _aggregated()
    yield from _written()
    yield from _administered()


def _made() -> Iterator[Exchange]:
    yield Exchange(
        "ordinary",
        "PUT",
        "/clicks-1",
        {"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": _MAPPING},
    )
    lines: list[Any] = []
    for number, each in enumerate(_CLICKS):
        lines += [{"index": {"_index": "clicks-1", "_id": f"c{number}"}}, each]
    yield Exchange("ordinary", "POST", "/_bulk?refresh=wait_for", lines)
    yield Exchange("ordinary", "PUT", "/clicks-1/_alias/clicks")


def _searched() -> Iterator[Exchange]:
    bodies: list[Any] = [
        {"query": {"match": {"agent": "mozilla"}}, "size": 2, "sort": [{"ts": "desc"}]}, {"query": {"term": {"user.name": "ann"}}, "sort": ["bytes"], "_source": ["user.*", "bytes"]},
        {"query": {"bool": {"must": [{"term": {"status": 404}}], "filter": [{"range": {"bytes": {"gte": 300, "lt": 1500}}}], "must_not": [{"term": {"ip": "10.0.0.1"}}]}}, "sort": ["bytes"]},
        {"query": {"bool": {"should": [{"term": {"ip": "10.0.0.1"}}, {"term": {"ip": "10.0.0.2"}}], "minimum_should_match": 1}}, "size": 3, "sort": [{"ts": {"order": "asc"}}]},
        {"query": {"range": {"ts": {"gte": "2020-09-13T12:26:40Z", "lte": "2020-09-13T12:27:40Z"}}}, "size": 0}, {"query": {"range": {"ts": {"gte": "now-1d"}}}, "size": 0}, {"query": {"exists": {"field": "user"}}, "size": 0}, {"query": {"exists": {"field": "user.nope"}}, "size": 0},
        {"query": {"wildcard": {"url": "/p/*"}}, "size": 0}, {"query": {"prefix": {"agent.raw": "curl"}}, "size": 0}, {"query": {"regexp": {"ip": "10\\.0\\.0\\.[12]"}}, "size": 0}, {"query": {"ids": {"values": ["c1", "c2", "zz"]}}, "sort": ["bytes"]}, {"query": {"terms": {"status": [200, 500]}}, "size": 0},
        {"query": {"query_string": {"query": "status:404 AND user.name:(ann OR bob)"}}, "size": 0}, {"query": {"query_string": {"query": "bytes:[100 TO 500}"}}, "size": 0}, {"query": {"query_string": {"query": "agent:moz*"}}, "size": 0}, {"query": {"simple_query_string": {"query": "mozilla | curl", "fields": ["agent"]}}, "size": 0},
        {"query": {"multi_match": {"query": "mozilla ann", "fields": ["agent", "user.name"]}}, "size": 0}, {"query": {"match_phrase": {"agent": "mozilla 5.0"}}, "size": 0}, {"query": {"match": {"agent": {"query": "mozilla x11", "operator": "and"}}}, "size": 0}, {"query": {"fuzzy": {"user.name": "anm"}}, "size": 0},
        {"query": {"constant_score": {"filter": {"term": {"status": 500}}, "boost": 2}}, "size": 1, "_source": False}, {"query": {"dis_max": {"queries": [{"term": {"status": 200}}, {"term": {"ip": "10.0.0.3"}}]}}, "size": 0}, {"query": {"match_none": {}}}, {"query": {"match_all": {"boost": 2}}, "size": 1, "_source": False},
        {"query": {"nested": {"path": "user", "query": {"term": {"user.name": "ann"}}}}}, {"query": {"match": {"nofield": "x"}}}, {"query": {"matchh": {}}}, {"query": {"term": {"status": "abc"}}}, {"query": {"range": {"ts": {"gte": "yesterday"}}}}, {"query": {"bool": {"must": {"term": {"ip": "10.0.0.1"}}}}, "size": 0}, {"query": {"bool": {"mustt": []}}},
        {"from": 5, "size": 3, "sort": ["bytes"], "_source": ["bytes"]}, {"size": 2, "sort": [{"bytes": "asc"}], "search_after": [500], "_source": False}, {"sort": [{"nofield": {"order": "asc", "unmapped_type": "long"}}], "size": 1, "_source": False}, {"sort": [{"agent": "asc"}]}, {"sort": [{"user.level": "desc"}, {"bytes": "asc"}], "size": 2, "_source": False},
        {"track_total_hits": True, "size": 0}, {"size": 1, "_source": {"excludes": ["user", "agent"]}, "sort": ["ts"]}, {"size": 1, "sort": ["ts"], "docvalue_fields": ["ts", {"field": "bytes", "format": "0.0"}], "_source": False}, {"collapse": {"field": "user.name"}, "sort": ["bytes"], "_source": ["bytes"]}, {"size": 1, "highlight": {"fields": {"agent": {}}}, "query": {"match": {"agent": "x11"}}, "sort": ["ts"]},
        {"query": {"function_score": {"query": {"term": {"status": 404}}, "field_value_factor": {"field": "bytes", "factor": 0.1}}}, "size": 2, "_source": False}, {"query": {"function_score": {"functions": [{"filter": {"term": {"ip": "10.0.0.2"}}, "weight": 5}], "score_mode": "sum", "boost_mode": "replace"}}, "size": 2, "_source": False},
        {"query": {"script": {"script": "doc['bytes'].value > 5"}}}, {"query": {"match_all": {}}, "sort": {"_script": {"type": "number", "script": "1", "order": "asc"}}}, {"profile": True, "size": 0, "query": {"match_none": {}}}, {"min_score": 100, "query": {"match": {"agent": "curl"}}}, {"stored_fields": ["_source"], "size": 1, "sort": ["ts"]},
    ]  # fmt: skip
    for body in bodies:
        yield Exchange("ordinary search", "POST", "/clicks/_search", body)
    for path in (
        "/clicks/_search?q=status:404&size=1&sort=bytes:desc", "/clicks/_search?q=ann&_source=false&size=1", "/clicks/_count", "/clicks/_count?q=user.name:bob", "/clicks-*/_search?size=0&filter_path=hits.total", "/nothing-*/_search", "/nothing-*/_search?allow_no_indices=false", "/clicks,nope/_search", "/clicks,nope/_search?ignore_unavailable=true&size=0",
        "/clicks-1/_doc/c1", "/clicks/_doc/c1?_source_includes=user.name", "/clicks/_source/c1?_source_excludes=user", "/clicks/_doc/zz", "/clicks/_source/zz", "/clicks/_search?size=1&sort=ts&_source_includes=bytes,url", "/clicks/_search?from=18&size=5&sort=ts&_source=bytes", "/clicks/_search?size=abc", "/clicks/_search?sort=nofield", "/clicks/_search?q=status:(404",
        "/clicks/_validate/query?q=status:404", "/clicks/_field_caps?fields=user.*,ts", "/clicks/_search?typed_keys&size=0", "/clicks/_search?size=0&track_total_hits=5", "/clicks/_search?size=0&track_total_hits=false", "/_search?size=0&q=nothing_at_all", "/clicks/_search?scroll=1m&size=8&sort=_doc&_source=false", "/_search/scroll?scroll=1m&scroll_id=$SCROLL", "/clicks/_search?pretty&size=0", "/clicks/_search?human=false&size=0",
    ):  # fmt: skip
        yield Exchange("ordinary search", "GET", path)
    yield Exchange("ordinary search", "POST", "/_search/scroll", {"scroll": "1m", "scroll_id": "$SCROLL"})
    yield Exchange("ordinary search", "DELETE", "/_search/scroll", {"scroll_id": ["$SCROLL"]})
    yield Exchange("ordinary search", "POST", "/_msearch", [{"index": "clicks"}, {"size": 0, "query": {"term": {"status": 404}}}, {"index": "nope"}, {"size": 0}, {"index": "clicks"}, {"query": {"term": {"status": "x"}}}])  # fmt: skip
    yield Exchange("ordinary search", "POST", "/clicks/_msearch", [{}, {"size": 1, "sort": ["ts"], "_source": False}, {"search_type": "dfs_query_then_fetch"}, {"size": 0}])  # fmt: skip


def _aggregated() -> Iterator[Exchange]:
    metrics = {"total": {"sum": {"field": "bytes"}}, "mean": {"avg": {"field": "bytes"}}}
    aggs: list[Any] = [
        {"by": {"terms": {"field": "user.name"}, "aggs": metrics}}, {"by": {"terms": {"field": "user.name", "order": {"total": "desc"}}, "aggs": metrics}}, {"by": {"terms": {"field": "status", "size": 2, "order": {"_key": "desc"}}}}, {"by": {"terms": {"field": "agent"}}}, {"by": {"terms": {"field": "agent.raw"}, "aggs": {"by": {"terms": {"field": "status"}}}}}, {"by": {"terms": {"field": "nofield"}}},
        {"t": {"date_histogram": {"field": "ts", "fixed_interval": "30s"}, "aggs": metrics}}, {"t": {"date_histogram": {"field": "ts", "interval": "1m"}}}, {"t": {"date_histogram": {"field": "ts", "calendar_interval": "minute", "format": "HH:mm", "keyed": True}}}, {"t": {"date_histogram": {"field": "ts", "fixed_interval": "1m", "time_zone": "Europe/Paris", "min_doc_count": 1}}}, {"t": {"date_histogram": {"field": "ts", "fixed_interval": "1M"}}}, {"t": {"date_histogram": {"field": "ts"}}}, {"t": {"date_histogram": {"field": "ts", "fixed_interval": "60s", "extended_bounds": {"min": 1599999900000, "max": 1600000200000}}}},
        {"t": {"date_histogram": {"field": "ts", "fixed_interval": "30s"}, "aggs": {**metrics, "d": {"derivative": {"buckets_path": "total"}}, "c": {"cumulative_sum": {"buckets_path": "total"}}, "m": {"moving_avg": {"buckets_path": "total", "window": 3}}}}}, {"t": {"date_histogram": {"field": "ts", "fixed_interval": "30s"}, "aggs": metrics}, "best": {"max_bucket": {"buckets_path": "t>total"}}, "all": {"sum_bucket": {"buckets_path": "t>mean"}}, "st": {"stats_bucket": {"buckets_path": "t._count"}}},
        {"h": {"histogram": {"field": "bytes", "interval": 500}}}, {"h": {"histogram": {"field": "bytes", "interval": 500, "min_doc_count": 1, "keyed": True}}}, {"r": {"range": {"field": "bytes", "ranges": [{"to": 500}, {"from": 500, "to": 1000, "key": "mid"}, {"from": 1000}]}, "aggs": metrics}}, {"r": {"date_range": {"field": "ts", "ranges": [{"from": "2020-09-13", "to": "2020-09-14"}]}}}, {"f": {"filter": {"term": {"status": 404}}, "aggs": metrics}}, {"f": {"filters": {"filters": {"ok": {"term": {"status": 200}}, "bad": {"range": {"status": {"gte": 400}}}}}, "aggs": metrics}},
        {"p": {"percentiles": {"field": "bytes"}}}, {"p": {"percentiles": {"field": "bytes", "percents": [50, 95, 99.9], "keyed": False}}}, {"p": {"percentile_ranks": {"field": "bytes", "values": [500, 1000]}}}, {"c": {"cardinality": {"field": "ip"}}}, {"s": {"stats": {"field": "bytes"}}}, {"s": {"extended_stats": {"field": "bytes"}}}, {"v": {"value_count": {"field": "agent.raw"}}}, {"m": {"missing": {"field": "nofield"}}}, {"g": {"global": {}, "aggs": metrics}},
        {"top": {"terms": {"field": "user.name"}, "aggs": {"last": {"top_hits": {"size": 1, "sort": [{"ts": "desc"}], "_source": ["bytes"]}}}}}, {"c": {"composite": {"size": 4, "sources": [{"u": {"terms": {"field": "user.name"}}}, {"s": {"terms": {"field": "status", "order": "desc"}}}]}}}, {"c": {"composite": {"size": 4, "sources": [{"t": {"date_histogram": {"field": "ts", "fixed_interval": "1m", "format": "HH:mm"}}}], "after": {"t": "12:27"}}}}, {"b": {"terms": {"field": "status"}, "aggs": {**metrics, "s": {"bucket_sort": {"sort": [{"total": {"order": "desc"}}], "size": 1}}}}},
        {"x": {"max": {"field": "ts"}}}, {"x": {"min": {"field": "ts", "format": "yyyy-MM-dd"}}}, {"x": {"avg": {"field": "agent"}}}, {"x": {"sum": {"field": "ip"}}}, {"x": {"foo": {"field": "ip"}}}, {"x": {"terms": {"field": "ip", "size": "a"}}}, {"x": {"terms": {"field": "ip", "include": ["10.0.0.1"]}}}, {"x": {"terms": {"field": "ip", "exclude": ".*[01]"}}}, {"x": {"rare_terms": {"field": "url"}}}, {"x": {"terms": {"field": "user"}}}, {"x": {"auto_date_histogram": {"field": "ts", "buckets": 5}}}, {"a b": {"sum": {"field": "bytes"}, "meta": {"unit": "B"}}}, {"x": {"weighted_avg": {"value": {"field": "bytes"}, "weight": {"field": "user.level"}}}},
        {"x": {"scripted_metric": {"map_script": "1"}}}, {"x": {"significant_text": {"field": "agent"}}}, {"x": {"matrix_stats": {"fields": ["bytes"]}}}, {"x": {"geohash_grid": {"field": "ip"}}}, {"x": {"nested": {"path": "user"}}}, {"x": {"children": {"type": "x"}}}, {"x": {"boxplot": {"field": "bytes"}}},
    ]  # fmt: skip
    for each in aggs:
        yield Exchange("ordinary aggs", "POST", "/clicks/_search", {"size": 0, "aggs": each})


def _written() -> Iterator[Exchange]:
    for method, path, body in (
        ("PUT", "/notes/_doc/1?refresh=true", {"title": "a first note", "tags": ["x", "y"], "n": 1, "at": "2021-02-03T04:05:06Z", "ok": True, "deep": {"er": [{"k": 1}, {"k": 2}]}}), ("GET", "/notes/_mapping", None), ("GET", "/notes/_doc/1", None), ("PUT", "/notes/_create/1", {"n": 2}), ("POST", "/notes/_create/2?refresh=true", {"n": 2}), ("POST", "/notes/_update/1?refresh=true", {"doc": {"n": 3, "deep": {"x": 1}}}), ("POST", "/notes/_update/1", {"doc": {"n": 3}}), ("GET", "/notes/_source/1", None),
        ("POST", "/notes/_update/1", {"script": {"source": "ctx._source.n++"}}), ("POST", "/notes/_update/9", {"doc": {"n": 1}}), ("POST", "/notes/_update/9?refresh=true", {"doc": {"n": 1}, "doc_as_upsert": True}), ("PUT", "/notes/_doc/1?if_seq_no=0&if_primary_term=1", {"n": 1}), ("PUT", "/notes/_doc/1?version=1", {"n": 1}), ("PUT", "/notes/_doc/v?version=7&version_type=external", {"n": 7}), ("PUT", "/notes/_doc/2", {"n": "not a number"}), ("PUT", "/notes/_doc/2", {"at": "yesterday"}), ("PUT", "/notes/_doc/2", {"ok": "maybe"}),
        ("PUT", "/notes/_doc/2", {"title": ["a", "b"], "n": ["5", 6.7]}), ("PUT", "/notes/_doc/2", {"deep": 5}), ("PUT", "/notes/_doc/2", {"tags": {"a": 1}}), ("PUT", "/notes/_doc/2", {"n": None, "title": None}), ("DELETE", "/notes/_doc/2", None), ("DELETE", "/notes/_doc/2", None), ("DELETE", "/nope/_doc/2", None), ("HEAD", "/notes/_doc/1", None), ("HEAD", "/notes/_source/1", None), ("POST", "/notes/_mget", {"ids": ["1", "2", "9"]}), ("GET", "/_mget", {"docs": [{"_index": "notes", "_id": "1", "_source": ["n"]}, {"_index": "nope", "_id": "1"}]}), ("POST", "/_refresh", None),
        ("POST", "/notes/_search", {"query": {"match": {"title": "note"}}}), ("POST", "/notes/_search", {"query": {"term": {"deep.er.k": 2}}, "_source": ["deep.er"]}), ("POST", "/notes/_search", {"query": {"term": {"tags.keyword": "y"}}, "_source": False}), ("POST", "/notes/_search", {"query": {"term": {"ok": True}}, "_source": False}), ("GET", "/notes/_explain/1", {"query": {"term": {"n": 99}}}),
        ("GET", "/notes/_termvectors/1", None), ("GET", "/notes/_stats", None), ("POST", "/notes/_doc/1/_update", {"doc": {"n": 4}}), ("GET", "/notes/_doc/1?realtime=false&_source=n", None), ("GET", "/notes/_doc/1?routing=zz", None), ("GET", "/notes/_doc/1/x", None), ("PUT", "/notes/_doc/a%20b", {"n": 1}), ("GET", "/notes/_doc/a%20b", None), ("POST", "/notes/_doc?refresh=true&filter_path=result,_version", {"n": 1}), ("PUT", "/Notes/_doc/1", {}), ("PUT", "/notes/doc/1", {"n": 1}), ("PUT", "/notes/_doc/1?timeout=1x", {"n": 1}), ("PUT", "/notes/_doc/1?op_type=create", {"n": 1}),
    ):  # fmt: skip
        yield Exchange("ordinary documents", method, path, body)
    for lines in (
        [{"index": {"_index": "notes", "_id": "b1"}}, {"n": 1}, {"update": {"_index": "notes", "_id": "b1"}}, {"doc": {"n": 2}}, {"delete": {"_index": "notes", "_id": "b1"}}, {"create": {"_index": "notes", "_id": "1"}}, {"n": 1}], [{"index": {"_index": "notes", "_id": "b2"}}, {"n": "x"}, {"index": {"_index": "Bad", "_id": "b2"}}, {"n": 1}, {"update": {"_index": "notes", "_id": "zz"}}, {"doc": {"n": 1}}], [{"update": {"_index": "notes", "_id": "b3"}}, {"doc": {"n": 1}, "doc_as_upsert": True}, {"update": {"_index": "notes", "_id": "b3"}}, {"script": {"source": "x"}}],
        [{"index": {"_index": "notes", "_id": "b4", "version": 3, "version_type": "external"}}, {"n": 1}, {"index": {"_index": "notes", "_id": "b4", "version": 3, "version_type": "external"}}, {"n": 1}], [{"index": {"_index": "notes", "_type": "_doc", "_id": "b5"}}, {"n": 1}], [{"upsert": {"_index": "notes"}}, {"n": 1}], [{"index": {"_index": "notes"}, "x": 1}, {"n": 1}], [{"delete": {"_index": "notes"}}],
    ):  # fmt: skip
        yield Exchange("ordinary bulk", "POST", "/_bulk", lines)


def _administered() -> Iterator[Exchange]:
    template = {"index_patterns": ["logs-*"], "order": 3, "version": 2, "settings": {"number_of_shards": 1, "index.refresh_interval": "10s"}, "mappings": {"properties": {"@timestamp": {"type": "date"}}}, "aliases": {"logs": {}}}  # fmt: skip
    for method, path, body in (
        ("PUT", "/_template/logs", template), ("GET", "/_template/logs", None), ("HEAD", "/_template/logs", None), ("PUT", "/logs-1", {"settings": {"number_of_replicas": 0}}), ("GET", "/logs-1", None), ("GET", "/logs-1/_settings", None), ("GET", "/logs-1/_alias", None), ("PUT", "/logs-2", {"aliases": {"logs": {"is_write_index": True}, "errors": {"filter": {"term": {"level": "error"}}}}}), ("POST", "/logs/_doc/1?refresh=true", {"@timestamp": "2021-01-01", "level": "error"}), ("GET", "/logs/_search?size=5", None), ("GET", "/_alias/logs", None), ("GET", "/_alias/err*", None), ("GET", "/logs-*/_alias/logs", None), ("HEAD", "/_alias/logs", None), ("HEAD", "/_alias/nope", None),
        ("POST", "/_aliases", {"actions": [{"remove": {"index": "logs-1", "alias": "logs"}}, {"add": {"index": "logs-1", "alias": "old"}}]}), ("POST", "/_aliases", {"actions": [{"add": {"indices": ["logs-1", "logs-2"], "alias": "both"}}]}), ("PUT", "/both/_doc/1", {}), ("DELETE", "/logs-1/_alias/old", None), ("DELETE", "/logs-1/_alias/old", None), ("PUT", "/logs-1/_mapping", {"properties": {"msg": {"type": "text"}, "host": {"type": "keyword"}}}), ("PUT", "/logs-1/_mapping", {"properties": {"msg": {"type": "keyword"}}}), ("GET", "/logs-1/_mapping", None), ("GET", "/logs-1/_mapping/field/msg,host", None), ("GET", "/logs-*/_mapping", None), ("PUT", "/logs-1/_settings", {"index": {"number_of_replicas": 1, "refresh_interval": "-1"}}),
        ("PUT", "/logs-1/_settings", {"refresh_interval": None}), ("GET", "/logs-1/_settings/index.number_of_replicas", None), ("PUT", "/logs-1/_settings", {"index.number_of_shards": 2}), ("PUT", "/logs-1/_settings", {"foo": "bar"}), ("GET", "/_cluster/health?wait_for_status=yellow&timeout=5s", None), ("GET", "/_cat/indices/logs-*?h=index,pri,rep,docs.count&s=index&format=json", None), ("GET", "/_cat/aliases/logs?format=json", None), ("GET", "/_cat/count/logs-2?format=json", None), ("GET", "/_cat/templates/logs?format=json", None), ("GET", "/_cat/nodes?format=json&h=master,node.role", None), ("GET", "/_cat/health?h=status&format=json", None), ("GET", "/_cat/shards/logs-*?format=json&h=index,shard,prirep,state&s=index,prirep", None),
        ("GET", "/_cat/allocation?format=json", None), ("GET", "/_cat/plugins?format=json", None), ("GET", "/_cat/thread_pool?format=json", None), ("GET", "/_cat/recovery?format=json", None), ("GET", "/_cat/segments/nope", None), ("GET", "/_cat/pending_tasks?format=json", None), ("GET", "/_cat/nodeattrs?format=json", None), ("GET", "/_cat/repositories?format=json", None), ("GET", "/_cat/tasks?format=json&h=action", None), ("GET", "/_cat/fielddata?format=json", None), ("GET", "/_cat/master?format=json", None), ("GET", "/_cluster/pending_tasks", None), ("GET", "/_cluster/settings?flat_settings=true", None), ("PUT", "/_cluster/settings", {"transient": {"foo": 1}}),
        ("GET", "/_ingest/pipeline", None),  ("GET", "/_snapshot", None), ("GET", "/_nodes/_local", None), ("GET", "/_remote/info", None), ("GET", "/_scripts/x", None), ("PUT", "/_scripts/x", {"script": {"lang": "painless", "source": "1"}}), ("POST", "/logs-1/_flush", None), ("POST", "/logs-1/_forcemerge?max_num_segments=1", None), ("POST", "/logs-1/_cache/clear", None), ("POST", "/logs-2/_rollover", None), ("POST", "/logs/_rollover", {"conditions": {"max_docs": 100}}), ("POST", "/logs/_rollover", None), ("GET", "/logs/_count", None), ("POST", "/logs-1/_shrink/logs-s", None), ("POST", "/logs-1/_close", None), ("GET", "/logs-1/_search", None), ("GET", "/_cat/indices/logs-1?format=json&h=index,status", None), ("POST", "/logs-1/_open", None), ("GET", "/logs-1/_recovery", None), ("GET", "/logs-1/_segments", None),
        ("DELETE", "/logs-9", None), ("DELETE", "/logs", None), ("DELETE", "/logs-*", None), ("DELETE", "/_template/logs", None), ("DELETE", "/_template/nope", None), ("GET", "/logs-1", None), ("HEAD", "/logs-1", None), ("PUT", "/bad name", {}), ("PUT", "/ok-1", {"settings": {"number_of_shards": "x"}}), ("PUT", "/ok-1", {"mappings": {"properties": {"a": {"type": "strng"}}}}), ("PUT", "/ok-1", {"mappings": {"properties": {"a": "text"}}}), ("PUT", "/ok-1", {"mapping": {}}), ("PUT", "/ok-1?wait_for_active_shards=1", {"mappings": {"dynamic": "strict", "properties": {"p": {"type": "ip"}, "g": {"type": "geo_point"}, "l": {"type": "nested", "properties": {"a": {"type": "long"}}}}}}), ("GET", "/ok-1/_mapping", None), ("GET", "/_analyze", {"text": "Quick brown"}), ("GET", "/", None), ("HEAD", "/", None), ("GET", "/_xpack", None), ("GET", "/_license", None), ("GET", "/favicon.ico", None), ("GET", "/_ilm/policy", None),
    ):  # fmt: skip
        yield Exchange("ordinary admin", method, path, body)
