// What kafkajs and the clients with its interface have in common.
import { Inbox, text } from './inbox.mjs'

export function message({ key, value, partition, headers = [], timestamp }) {
  const named = {}
  for (const [name, content] of headers) (named[name] ??= []).push(content)
  return { key, value, partition, headers: named, timestamp: timestamp && String(timestamp) }
}

export const byTopic = offsets =>
  offsets.map(({ topic, partition, offset }) => ({ topic, partitions: [{ partition, offset: String(offset) }] }))

function received(topic, partition, { key, value, headers, offset, timestamp }) {
  const pairs = Object.entries(headers ?? {}).flatMap(([name, content]) =>
    [content].flat().map(one => [name, text(one)]))
  return {
    topic, partition, key: text(key), value: text(value), headers: pairs,
    offset: Number(offset), timestamp: Number(timestamp)
  }
}

/** What is the same of consumers, whose `inner` is the library's. */
export class KafkaJsConsumer {
  inbox = new Inbox()

  /** What the library calls with each record. */
  eachMessage = async ({ topic, partition, message }) => this.inbox.put(received(topic, partition, message))

  constructor(topic) {
    this.topic = topic
  }

  commit(offsets) {
    return this.inner.commitOffsets(offsets.map(one => ({ ...one, offset: String(one.offset) })))
  }

  seek(offset) {
    this.inner.seek({ topic: this.topic, partition: 0, offset: String(offset) })
  }

  resume(partition) {
    this.inner.resume([{ topic: this.topic, partitions: [partition] }])
  }

  close() {
    return this.inner.disconnect()
  }
}

/** The same of admins. */
export class KafkaJsAdmin {
  constructor(inner) {
    this.inner = inner
  }

  topics() {
    return this.inner.listTopics()
  }

  deleteTopic(topic) {
    return this.inner.deleteTopics({ topics: [topic] })
  }

  async groups() {
    return (await this.inner.listGroups()).groups.map(({ groupId }) => groupId)
  }

  async groupState(group) {
    return (await this.inner.describeGroups([group])).groups[0].state
  }

  async committed(groupId, topic) {
    const [{ partitions }] = await this.inner.fetchOffsets({ groupId, topics: [topic] })
    return Number(partitions[0].offset)
  }

  deleteGroup(group) {
    return this.inner.deleteGroups([group])
  }

  async offsets(topic) {
    const [{ low, high }] = await this.inner.fetchTopicOffsets(topic)
    return { earliest: Number(low), latest: Number(high) }
  }

  async offsetAt(topic, time) {
    return Number((await this.inner.fetchTopicOffsetsByTimestamp(topic, time))[0].offset)
  }

  deleteRecords(topic, offset) {
    return this.inner.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  }

  close() {
    return this.inner.disconnect()
  }
}
