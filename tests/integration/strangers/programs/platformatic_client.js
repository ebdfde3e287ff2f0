// @platformatic/kafka speaks the newest versions only: topics by id in Fetch and Metadata
const assert = require("node:assert");
const { Admin, Consumer, Producer, stringSerializers, stringDeserializers } = require("@platformatic/kafka");

const common = { clientId: "modern", bootstrapBrokers: [process.argv[2]] };

async function main() {
  const admin = new Admin(common);
  await admin.createTopics({ topics: ["modern"], partitions: 1, replicas: 1 });
  const producer = new Producer({ ...common, serializers: stringSerializers });
  const messages = Array.from({ length: 30 }, (_, n) => ({ topic: "modern", key: `k${n}`, value: `v${n}` }));
  await producer.send({ messages, acks: -1 });
  await producer.close();

  const consumer = new Consumer({ ...common, groupId: "modern-group", deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: ["modern"], mode: "earliest", autocommit: false });
  const seen = [];
  for await (const message of stream) {
    seen.push(message.value);
    if (seen.length === 30) break;
  }
  assert.deepStrictEqual(seen, messages.map((each) => each.value));
  await stream.close();
  await consumer.close();
  await admin.deleteTopics({ topics: ["modern"] });
  await admin.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
