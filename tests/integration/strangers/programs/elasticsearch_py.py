"""elasticsearch-py 7.17 with its helpers bulk, scan and reindex."""

import sys

from elasticsearch import Elasticsearch, helpers

es = Elasticsearch(sys.argv[1])
assert es.info()["version"]["number"] == "7.5.2"
made = ({"_index": "py", "_id": str(n), "_source": {"n": n, "t": f"word {n}"}} for n in range(1200))
assert helpers.bulk(es, made, refresh=True) == (1200, [])
found = list(helpers.scan(es, index="py", query={"query": {"range": {"n": {"gte": 100}}}}, size=250))
assert len({hit["_id"] for hit in found}) == 1100
assert helpers.reindex(es, "py", "again", chunk_size=300) == (1200, 0)
assert es.count(index="again")["count"] == 1200
assert es.update(index="py", id="1", body={"doc": {"n": 5}})["result"] == "updated"
assert es.mget(index="py", body={"ids": ["1", "2"]})["docs"][0]["_source"]["n"] == 5
gone = ({"_op_type": "delete", "_index": "py", "_id": str(n)} for n in range(3))
assert all(ok for ok, _ in helpers.parallel_bulk(es, gone))
assert es.delete_by_query(index="py", body={"query": {"match_all": {}}}, refresh=True)["deleted"] == 1197
