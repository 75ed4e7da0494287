// @confluentinc/kafka-javascript through its promises, which have the interface of kafkajs; librdkafka's own options next to it.
import confluent from '@confluentinc/kafka-javascript'
import { createRequire } from 'node:module'
import { bootstrap, topicOf, until } from '../lib/contract.mjs'
import { byTopic, KafkaJsAdmin, KafkaJsConsumer, message } from '../lib/kafkajs.mjs'

const { KafkaJS: { ConsumerGroupStates, ErrorCodes, Kafka, logLevel } } = confluent

export const name = '@confluentinc/kafka-javascript'
export const version = createRequire(import.meta.url)('@confluentinc/kafka-javascript/package.json').version

const noLog = () => {}
const logger = {
  info: noLog, debug: noLog, warn: console.error, error: console.error, namespace: () => logger, setLogLevel: noLog
}
const kafka = new Kafka({ kafkaJS: { brokers: [bootstrap], logLevel: logLevel.ERROR, logger } })

export async function producer({ acks = -1, codec, idempotent, transactionalId, createTopics = true, sizeMax }) {
  const kafkaJS = { acks, idempotent, transactionalId, allowAutoTopicCreation: createTopics, compression: codec }
  for (const key of Object.keys(kafkaJS)) if (kafkaJS[key] === undefined) delete kafkaJS[key]
  const inner = kafka.producer({ kafkaJS, 'linger.ms': 5, ...(sizeMax && { 'message.max.bytes': sizeMax }) })
  await inner.connect()
  return new Producer(inner)
}

class Producer {
  constructor(inner) {
    this.inner = inner
  }

  async send(topic, records) {
    await this.inner.send({ topic, messages: records.map(message) })
  }

  flush() {
    return this.inner.flush()
  }

  async begin() {
    await this.inner.transaction()
  }

  commit() {
    return this.inner.commit()
  }

  abort() {
    return this.inner.abort()
  }

  sendOffsets(reader, offsets) {
    return this.inner.sendOffsets({ consumer: reader.inner, topics: byTopic(offsets) })
  }

  close() {
    return this.inner.disconnect()
  }
}

export async function consumer(options) {
  const reader = new Consumer(options)
  await reader.start(options)
  return reader
}

function consumerConfig({ group, uncommitted = false, latest = false, instance, cooperative, protocol = 'classic' }) {
  const kafkaJS = {
    groupId: group, readUncommitted: uncommitted, fromBeginning: !latest, autoCommit: false,
    maxWaitTimeInMs: 100, maxBytesPerPartition: 8_388_608
  }
  const classic = {
    sessionTimeout: 6000, heartbeatInterval: 200, partitionAssigners: [cooperative ? 'cooperative-sticky' : 'range']
  }
  return {
    kafkaJS: protocol === 'classic' ? { ...kafkaJS, ...classic } : kafkaJS,
    'group.protocol': protocol,
    'statistics.interval.ms': 100,
    ...(instance && { 'group.instance.id': instance })
  }
}

class Consumer extends KafkaJsConsumer {
  #revoked = 0
  #fetching = false

  constructor(options) {
    super(options.topics[0])
    this.inner = kafka.consumer({
      ...consumerConfig(options),
      rebalance_cb: (change, partitions, { assign }) => {
        if (change.code === ErrorCodes.ERR__REVOKE_PARTITIONS) {
          this.#revoked += partitions.length
        } else {
          assign(partitions)
          if (options.paused) this.inner.pause([{ topic: this.topic, partitions: options.paused }])
        }
      },
      stats_cb: ({ message }) => {
        const { partitions } = JSON.parse(message).topics[this.topic] ?? {}
        this.#fetching = partitions?.[0]?.fetch_state === 'active'
      }
    })
  }

  async start({ topics }) {
    await this.inner.connect()
    await this.inner.subscribe({ topics })
    await this.inner.run({ eachMessage: this.eachMessage })
  }

  assigned() {
    return this.inner.assignment()
  }

  /** The partitions taken from it while it went on. */
  givenUp() {
    return this.#revoked
  }

  /** Until it asks for records: only then has it looked up where to begin. */
  fetching() {
    return until(() => this.#fetching, 'the first fetch')
  }
}

export async function admin() {
  const inner = kafka.admin()
  await inner.connect()
  return new Admin(inner)
}

class Admin extends KafkaJsAdmin {
  async groupState(group) {
    const state = (await this.inner.describeGroups([group])).groups[0].state
    return Object.keys(ConsumerGroupStates).find(name => ConsumerGroupStates[name] === state)
  }

  /** By a member that commits: the library has no call for it. */
  async setCommitted(group, topic, offset) {
    const member = await consumer({ group, topics: [topic] })
    try {
      await until(() => member.assigned().length === 1, 'the partition')
      await member.commit([{ topic, partition: 0, offset }])
    } finally {
      await member.close()
    }
  }
}
