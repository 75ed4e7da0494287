// kafkajs, with its codec packages for snappy and LZ4; zstd by a package of its own, plugged in as kafkajs' readme says.
import { compress, decompress, init } from '@bokuweb/zstd-wasm'
import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import LZ4 from 'kafkajs-lz4'
import snappy from 'kafkajs-snappy'
import { bootstrap, until } from '../lib/contract.mjs'
import { byTopic, KafkaJsAdmin, KafkaJsConsumer, message } from '../lib/kafkajs.mjs'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs

await init()
CompressionCodecs[CompressionTypes.Snappy] = snappy
CompressionCodecs[CompressionTypes.LZ4] = new LZ4().codec
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from(compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(decompress(buffer))
})
const codecs = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD
}

export const name = 'kafkajs'
export const version = createRequire(import.meta.url)('kafkajs/package.json').version

const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 20 }
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR, retry, logCreator: () => toStandardError })

function toStandardError({ namespace, log }) {
  console.error(namespace, log.message, log.error ?? '')
}

export async function producer({ acks = -1, codec, idempotent, transactionalId, createTopics = true, retries = 20 }) {
  const config = { idempotent, transactionalId, allowAutoTopicCreation: createTopics, retry: { ...retry, retries } }
  const inner = kafka.producer(transactionalId ? { ...config, idempotent: true, maxInFlightRequests: 1 } : config)
  await inner.connect()
  return new Producer(inner, { acks, compression: codecs[codec] })
}

class Producer {
  #transaction = null

  constructor(inner, options) {
    this.inner = inner
    this.options = options
  }

  async send(topic, records) {
    await (this.#transaction ?? this.inner).send({ topic, messages: records.map(message), ...this.options })
  }

  async flush() {}

  async begin() {
    this.#transaction = await this.inner.transaction()
  }

  async commit() {
    await this.#transaction.commit()
    this.#transaction = null
  }

  async abort() {
    await this.#transaction.abort()
    this.#transaction = null
  }

  async sendOffsets(reader, offsets) {
    await this.#transaction.sendOffsets({ consumerGroupId: reader.group, topics: byTopic(offsets) })
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

class Consumer extends KafkaJsConsumer {
  #assignment = {}
  #fetches = 0

  constructor({ group, topics, uncommitted = false, paused }) {
    super(topics[0])
    this.group = group
    this.inner = kafka.consumer({
      groupId: group,
      readUncommitted: uncommitted,
      sessionTimeout: 6000,
      rebalanceTimeout: 6000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 8_388_608
    })
    const { GROUP_JOIN, FETCH } = this.inner.events
    this.inner.on(GROUP_JOIN, ({ payload }) => {
      this.#assignment = payload.memberAssignment
      if (paused) this.inner.pause([{ topic: this.topic, partitions: paused }])
    })
    this.inner.on(FETCH, () => this.#fetches++)
  }

  async start({ topics, latest = false }) {
    await this.inner.connect()
    await this.inner.subscribe({ topics, fromBeginning: !latest })
    await this.inner.run({ autoCommit: false, eachMessage: this.eachMessage })
  }

  assigned() {
    return Object.values(this.#assignment).flat()
  }

  /** Until it has asked for records: only then has it looked up where to begin. */
  fetching() {
    return until(() => this.#fetches > 0, 'the first fetch')
  }
}

export async function admin() {
  const inner = kafka.admin()
  await inner.connect()
  return new Admin(inner)
}

class Admin extends KafkaJsAdmin {
  createTopic(topic, numPartitions, configs) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    return this.inner.createTopics({ topics: [{ topic, numPartitions, configEntries }] })
  }

  async partitions(topic) {
    const { topics } = await this.inner.fetchTopicMetadata({ topics: [topic] })
    return topics[0].partitions.length
  }

  setPartitions(topic, count) {
    return this.inner.createPartitions({ topicPartitions: [{ topic, count }] })
  }

  async config(name, config) {
    const resource = { type: ConfigResourceTypes.TOPIC, name, configNames: [config] }
    const { resources } = await this.inner.describeConfigs({ resources: [resource] })
    return resources[0].configEntries[0].configValue
  }

  setConfig(name, config, value) {
    const resource = { type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: config, value }] }
    return this.inner.alterConfigs({ validateOnly: false, resources: [resource] })
  }

  setCommitted(groupId, topic, offset) {
    return this.inner.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: String(offset) }] })
  }

  async cluster() {
    const { brokers, controller, clusterId } = await this.inner.describeCluster()
    return { brokers: brokers.map(({ host, port }) => `${host}:${port}`), controller, clusterId }
  }
}
