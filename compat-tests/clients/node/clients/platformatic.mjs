// @platformatic/kafka. Keys of headers stay bytes: its maps would keep only the last one of a name.
import { Admin as Control, Consumer as Member, Producer as Writer } from '@platformatic/kafka'
import { readFileSync } from 'node:fs'
import { bootstrap, until } from '../lib/contract.mjs'
import { Inbox, text } from '../lib/inbox.mjs'

export const name = '@platformatic/kafka'
const description = new URL('../../node_modules/@platformatic/kafka/package.json', import.meta.url)
export const version = JSON.parse(readFileSync(description)).version

const base = (more = {}) =>
  ({ clientId: 'contract', bootstrapBrokers: [bootstrap], retries: 20, retryDelay: 100, ...more })
const bytes = content => (content === null || content === undefined ? content : Buffer.from(content))

export function producer({ acks = -1, codec, idempotent, transactionalId, createTopics = true, retries = 20 }) {
  const inner = new Writer(base({
    acks, retries, transactionalId, autocreateTopics: createTopics, compression: codec ?? 'none',
    idempotent: idempotent ?? transactionalId !== undefined
  }))
  return new Producer(inner)
}

class Producer {
  #transaction = null

  constructor(inner) {
    this.inner = inner
  }

  async send(topic, records) {
    await (this.#transaction ?? this.inner).send({ messages: records.map(record => message(topic, record)) })
  }

  async flush() {}

  async begin() {
    // By default it claims to be producer 0, so that a broker that knows the transactional id by another one refuses it.
    this.#transaction = await this.inner.beginTransaction({ producerId: -1n, producerEpoch: -1 })
  }

  async commit() {
    await this.#transaction.commit()
    this.#transaction = null
  }

  async abort() {
    await this.#transaction.abort()
    this.#transaction = null
  }

  /** It takes the last record instead of offsets. */
  async sendOffsets(reader) {
    await this.#transaction.addConsumer(reader.inner)
    await this.#transaction.addOffset(reader.last)
  }

  close() {
    return this.inner.close()
  }
}

function message(topic, { key, value, partition, headers = [], timestamp }) {
  return {
    topic, key: bytes(key), value: bytes(value), partition,
    headers: new Map(headers.map(pair => pair.map(bytes))),
    ...(timestamp && { timestamp: BigInt(timestamp) })
  }
}

export async function consumer(options) {
  const reader = new Consumer(options)
  await reader.start()
  return reader
}

class Consumer {
  inbox = new Inbox()
  last = null
  #stream = null
  #fetches = 0

  constructor(options) {
    this.options = options
    const { group, instance, protocol = 'classic' } = options
    const classic = { sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 200 }
    this.inner = new Member(base({
      groupId: group,
      groupProtocol: protocol,
      ...(protocol === 'classic' && classic),
      ...(instance && { groupInstanceId: instance })
    }))
  }

  start() {
    return this.#consume({ mode: 'committed', fallbackMode: this.options.latest ? 'latest' : 'earliest' })
  }

  async #consume(from) {
    const { topics, uncommitted = false } = this.options
    const isolationLevel = uncommitted ? 0 : 1
    this.#stream = await this.inner.consume({ topics, autocommit: false, maxWaitTime: 100, isolationLevel, ...from })
    this.#stream.on('fetch', () => this.#fetches++)
    this.#stream.on('error', error => this.inbox.fail(error))
    this.#stream.on('data', record => {
      this.last = record
      this.inbox.put(received(record))
    })
  }

  assigned() {
    return (this.inner.assignments ?? []).flatMap(({ partitions }) => partitions)
  }

  /** Until it has asked for records: only then has it looked up where to begin. */
  fetching() {
    return until(() => this.#fetches > 0, 'the first fetch')
  }

  commit(offsets) {
    return this.inner.commit({
      offsets: offsets.map(one => ({ ...one, offset: BigInt(one.offset), leaderEpoch: -1 }))
    })
  }

  /** A stream reads on from where it began; elsewhere begins another one. */
  async seek(offset) {
    await this.#stream.close()
    const [topic] = this.options.topics
    await this.#consume({ mode: 'manual', offsets: [{ topic, partition: 0, offset: BigInt(offset) }] })
  }

  async close() {
    await this.#stream.close()
    await this.inner.close()
  }
}

function received({ topic, partition, key, value, headers, offset, timestamp }) {
  return {
    topic, partition, key: text(key), value: text(value), headers: [...headers].map(pair => pair.map(text)),
    offset: Number(offset), timestamp: Number(timestamp)
  }
}

export function admin() {
  return new Admin(new Control(base()))
}

const topicResource = 2

class Admin {
  constructor(inner) {
    this.inner = inner
  }

  createTopic(topic, partitions, configs) {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    return this.inner.createTopics({ topics: [topic], partitions, replicas: 1, configs: entries })
  }

  topics() {
    return this.inner.listTopics()
  }

  async partitions(topic) {
    const { topics } = await this.inner.metadata({ topics: [topic], forceUpdate: true })
    return topics.get(topic).partitionsCount
  }

  setPartitions(name, count) {
    return this.inner.createPartitions({ topics: [{ name, count, assignments: null }] })
  }

  deleteTopic(topic) {
    return this.inner.deleteTopics({ topics: [topic] })
  }

  async config(resourceName, name) {
    const resource = { resourceType: topicResource, resourceName, configurationKeys: [name] }
    const [{ configs }] = await this.inner.describeConfigs({ resources: [resource] })
    return configs[0].value
  }

  setConfig(resourceName, name, value) {
    const change = { name, configOperation: 0, value }
    const resource = { resourceType: topicResource, resourceName, configs: [change] }
    return this.inner.incrementalAlterConfigs({ resources: [resource] })
  }

  async groups() {
    return [...(await this.inner.listGroups()).keys()]
  }

  async groupState(group) {
    return (await this.inner.describeGroups({ groups: [group] })).get(group).state
  }

  async committed(group, topic) {
    const [{ topics }] = await this.inner.listConsumerGroupOffsets({ groups: [group] })
    return Number(topics.find(({ name }) => name === topic).partitions[0].committedOffset)
  }

  deleteGroup(group) {
    return this.inner.deleteGroups({ groups: [group] })
  }

  setCommitted(groupId, name, offset) {
    const partitionOffsets = [{ partition: 0, offset: BigInt(offset) }]
    return this.inner.alterConsumerGroupOffsets({ groupId, topics: [{ name, partitionOffsets }] })
  }

  async offsets(topic) {
    return { earliest: await this.offsetAt(topic, -2), latest: await this.offsetAt(topic, -1) }
  }

  async offsetAt(name, time) {
    const partitions = [{ partitionIndex: 0, timestamp: BigInt(time) }]
    const [found] = await this.inner.listOffsets({ topics: [{ name, partitions }] })
    return Number(found.partitions[0].offset)
  }

  deleteRecords(name, offset) {
    return this.inner.deleteRecords({ topics: [{ name, partitions: [{ partition: 0, offset: BigInt(offset) }] }] })
  }

  async cluster() {
    const { brokers, controllerId, id } = await this.inner.metadata({})
    const addresses = [...brokers.values()].map(({ host, port }) => `${host}:${port}`)
    return { brokers: addresses, controller: controllerId, clusterId: id }
  }

  close() {
    return this.inner.close()
  }
}
