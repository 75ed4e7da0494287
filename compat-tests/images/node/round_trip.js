// Stock @testcontainers/kafka starts the image; a topic, records in, records out through a group, by KafkaJS.
"use strict";
const { KafkaContainer } = require("@testcontainers/kafka");
const { Kafka, logLevel } = require("kafkajs");

const RECORDS = 10;

async function roundTrip(brokers) {
  const kafka = new Kafka({ clientId: "images", brokers, logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "round", numPartitions: 1, replicationFactor: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: RECORDS }, (_, i) => ({ value: `v${i}` }));
  await producer.send({ topic: "round", messages });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: "g" });
  await consumer.connect();
  await consumer.subscribe({ topic: "round", fromBeginning: true });
  const got = [];
  await new Promise((done, fail) => {
    const patience = setTimeout(() => fail(new Error(`got ${got.length} of ${RECORDS} records`)), 30000);
    consumer
      .run({
        eachMessage: async ({ message }) => {
          got.push(message.value.toString());
          if (got.length === RECORDS) {
            clearTimeout(patience);
            done();
          }
        },
      })
      .catch(fail);
  });
  await consumer.disconnect();
  const wanted = messages.map((m) => m.value);
  if (got.join() !== wanted.join()) throw new Error(`got ${got} instead of ${wanted}`);
}

async function main() {
  const begun = Date.now();
  const kafka = await new KafkaContainer("confluentinc/cp-kafka:8.0.0").start();
  const started = Date.now();
  await roundTrip([`${kafka.getHost()}:${kafka.getMappedPort(9093)}`]);
  console.log(`node: started after ${started - begun} ms, round trip in ${Date.now() - started} ms`);
  await kafka.stop();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
