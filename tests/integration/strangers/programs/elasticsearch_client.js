// @elastic/elasticsearch 7.17: helpers bulk and scroll, updates, aggregations, errors
const assert = require("node:assert");
const { Client, errors } = require("@elastic/elasticsearch");

const client = new Client({ node: process.argv[2] });

async function main() {
  assert.strictEqual((await client.info()).body.version.number, "7.5.2");
  const datasource = Array.from({ length: 1200 }, (_, n) => ({ n, word: n % 2 ? "odd" : "even" }));
  const done = await client.helpers.bulk({
    datasource,
    onDocument: (document) => ({ index: { _index: "js", _id: String(document.n) } }),
    refreshOnCompletion: true,
  });
  assert.strictEqual(done.successful, 1200);
  let seen = 0;
  const scrolled = client.helpers.scrollSearch({ index: "js", size: 250, body: { query: { range: { n: { gte: 200 } } } } });
  for await (const page of scrolled) seen += page.documents.length;
  assert.strictEqual(seen, 1000);
  const { body } = await client.search({
    index: "js",
    body: { size: 0, aggs: { words: { terms: { field: "word.keyword" }, aggs: { mean: { avg: { field: "n" } } } } } },
  });
  assert.deepStrictEqual(body.aggregations.words.buckets.map((each) => each.doc_count), [600, 600]);
  assert.strictEqual((await client.update({ index: "js", id: "1", body: { doc: { n: -1 } } })).body.result, "updated");
  await assert.rejects(client.get({ index: "js", id: "nobody" }), (error) => error instanceof errors.ResponseError && error.statusCode === 404);
  const counted = await client.count({ index: "js", body: { query: { term: { word: "odd" } } } });
  assert.strictEqual(counted.body.count, 600);
  await client.indices.delete({ index: "js" });
  await client.close();
}

main().catch((error) => {
  console.error(JSON.stringify(error.meta?.body ?? error), error);
  process.exit(1);
});
