"""A stranger's client against our search server: elasticsearch-py 7.17 with its helpers bulk, scan and reindex."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.jvm.packages import CACHE
from tests.processes import Server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PROGRAM = """
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
"""


def _python() -> str:
    """A Python with the client in it, made once."""
    folder = CACHE / "elasticsearch-py"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    wanted = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "elasticsearch>=7.17,<8"]
    done = subprocess.run(wanted, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"elasticsearch-py cannot be installed: {done.stderr[-300:]}")
    return str(python)


def test_elasticsearch_py_with_its_helpers(tmp_path: Path) -> None:
    with Server("search", tmp_path / "search") as server:
        command = [_python(), "-W", "ignore", "-c", PROGRAM, f"http://{server.address}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
