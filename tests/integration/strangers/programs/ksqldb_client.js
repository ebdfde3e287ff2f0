// ksqldb-client of npm: statements with variables, inserts, pull and push queries, listings
const assert = require("node:assert");
const KsqldbClient = require("ksqldb-client");

const address = new URL(process.argv[2]);
const client = new KsqldbClient({ host: `${address.protocol}//${address.hostname}`, port: Number(address.port) });

async function taken(promise) {
  const { status, error, data } = await promise;
  assert(!error, JSON.stringify(error));
  assert.strictEqual(status, 200);
  return data;
}

async function main() {
  await client.connect();
  for (const statement of [
    "CREATE STREAM ${NAME} (ID STRING KEY, N INT) WITH (KAFKA_TOPIC='js', VALUE_FORMAT='JSON', PARTITIONS=1);",
    "CREATE STREAM ${NAME}_PUSHED (N INT) WITH (KAFKA_TOPIC='js_pushed', VALUE_FORMAT='JSON', PARTITIONS=1);",
    "CREATE TABLE JS_COUNT AS SELECT ID, COUNT(*) AS C FROM ${NAME} GROUP BY ID EMIT CHANGES;",
  ]) {
    await taken(client.executeStatement(statement, { sessionVariables: { NAME: "JS" } }));
  }
  for (const [id, n] of [["a", 1], ["b", 2], ["a", 3]]) await taken(client.insertInto("JS", { ID: id, N: n }));
  assert((await client.listStreams()).some((each) => each.name === "JS"));
  assert((await client.listTables()).some((each) => each.name === "JS_COUNT"));
  assert((await client.listQueries()).some((each) => each.sinks.includes("JS_COUNT")));
  assert((await client.listTopics()).some((each) => each.name === "js"));
  assert.strictEqual((await client.describeSource("JS")).name, "JS");

  let counted = 0;
  while (counted !== 2) {
    const { rows } = await taken(client.query("SELECT * FROM JS_COUNT WHERE ID = 'a';"));
    counted = rows.length ? rows[0].C : 0;
  }
  // this client takes a frame for a row, so the next row is written once the last one has come
  const rows = [];
  const more = () => client.insertInto("JS_PUSHED", { N: rows.length });
  await taken(more());
  await taken(
    client.streamQuery(
      "SELECT * FROM JS_PUSHED EMIT CHANGES LIMIT 3;",
      ({ rows: found }) => {
        rows.push(...(found ?? []));
        if (found && rows.length < 3) more();
      },
      { properties: { "auto.offset.reset": "earliest" } },
    ),
  );
  assert.deepStrictEqual(rows.map((each) => each.N), [0, 1, 2]);
  const refused = await client.query("SELECT * FROM NOBODY;");
  assert(refused.error && refused.status === 400, JSON.stringify(refused));
  await client.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
