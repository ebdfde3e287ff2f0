"""ksqldb of PyPI (HTTP/2 without TLS): statements, properties, pull and push queries, inserts."""

import asyncio
import sys

from ksqldb import KSQLdbClient

client = KSQLdbClient(sys.argv[1])
assert client.get_properties()
client.ksql(
    "CREATE STREAM PY (ID STRING KEY, N INT) WITH (KAFKA_TOPIC='py', VALUE_FORMAT='JSON', PARTITIONS=1);"
    "CREATE TABLE PY_COUNT AS SELECT ID, COUNT(*) AS C FROM PY GROUP BY ID EMIT CHANGES;"
)
answers = client.inserts_stream("PY", [{"ID": "a", "N": 1}, {"ID": "b", "N": 2}, {"ID": "a", "N": 3}])
assert [each["status"] for each in answers] == ["ok"] * 3, answers


async def pushed() -> list[object]:
    rows: list[object] = []
    found = client.query_async(
        "SELECT * FROM PY EMIT CHANGES;", stream_properties={"auto.offset.reset": "earliest"}, timeout=30
    )
    async for row in found:
        rows.append(row)
        if len(rows) == 4:
            await found.aclose()
            break
    return rows


rows = asyncio.run(pushed())
assert rows[0]["columnNames"] == ["ID", "N"], rows
assert rows[1:] == [["a", 1], ["b", 2], ["a", 3]], rows


async def counted() -> object:
    while True:
        rows = [row async for row in client.query_async("SELECT * FROM PY_COUNT WHERE ID = 'a';")]
        if rows[1:] == [["a", 2]]:
            return rows


asyncio.run(asyncio.wait_for(counted(), 60))
assert client.close_query("nobody") in (True, False)
