// kafkajs: topics, compression, a group, offsets, seeks, transactions, configs
const assert = require("node:assert");
const { Kafka, CompressionTypes, ConfigResourceTypes, logLevel } = require("kafkajs");

const kafka = new Kafka({ clientId: "js", brokers: [process.argv[2]], logLevel: logLevel.ERROR });

async function read(topic, groupId, count) {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen = [];
  await new Promise((resolve, reject) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message);
        if (seen.length === count) resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  assert(await admin.createTopics({ topics: [{ topic: "js", numPartitions: 1 }] }));
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: "js" }],
  });
  assert(described.resources[0].configEntries.some((each) => each.configName === "retention.ms"));

  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = Array.from({ length: 50 }, (_, n) => ({ key: "k", value: `v${n}`, headers: { h: "x" } }));
  await producer.send({ topic: "js", messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();

  const seen = await read("js", "js-group", 50);
  assert.deepStrictEqual(seen.map((each) => each.value.toString()), messages.map((each) => each.value));
  assert.strictEqual(seen[0].headers.h.toString(), "x");
  assert.strictEqual((await admin.fetchTopicOffsets("js"))[0].high, "50");
  await admin.setOffsets({ groupId: "js-group", topic: "js", partitions: [{ partition: 0, offset: "48" }] });
  assert.strictEqual((await read("js", "js-group", 2))[0].value.toString(), "v48");

  const transactional = kafka.producer({ transactionalId: "js-tx", maxInFlightRequests: 1, idempotent: true });
  await transactional.connect();
  const aborted = await transactional.transaction();
  await aborted.send({ topic: "js", messages: [{ value: "aborted" }] });
  await aborted.abort();
  const committed = await transactional.transaction();
  await committed.send({ topic: "js", messages: [{ value: "committed" }] });
  await committed.commit();
  await transactional.disconnect();
  assert.strictEqual((await read("js", "js-other", 51)).at(-1).value.toString(), "committed");

  assert((await admin.listGroups()).groups.some((each) => each.groupId === "js-group"));
  await admin.deleteGroups(["js-group"]);
  await admin.deleteTopics({ topics: ["js"] });
  await admin.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
