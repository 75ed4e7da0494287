import { check, equal, record, records, restartBroker, topicOf, until } from '../lib/contract.mjs'

/** Commits that everything of these partitions has been read, each to its offset. */
const commitAt = (reader, topic, ends) =>
  reader.commit(ends.map((offset, partition) => ({ topic, partition, offset })))

const assigned = (reader, count) =>
  until(() => reader.assigned().length === count, () => `${count} partitions, has ${reader.assigned()}`)

async function group({ consumer, name }) {
  const reader = await consumer()
  await reader.inbox.take(100)
  await commitAt(reader, name, [25, 25, 25, 25])
}

async function resume({ consumer, close, name }) {
  const first = await consumer()
  const found = await first.inbox.take(5)
  equal(found[4].key, 'k4', 'the fifth record')
  await commitAt(first, name, [5])
  await close(first)
  const second = await consumer()
  await second.inbox.takeValues(records(5, 10))
  await commitAt(second, name, [10])
}

const rebalance = options => async ({ consumer, close }) => {
  const first = await consumer(options)
  await assigned(first, 4)
  const second = await consumer(options)
  await assigned(first, 2)
  await assigned(second, 2)
  await close(second)
  await assigned(first, 4)
  return first
}

async function cooperative(tools) {
  const first = await rebalance({ cooperative: true })(tools)
  equal(first.givenUp(), 2, 'partitions that the first member was made to give up')
}

async function staticMember({ consumer, close }) {
  const first = await consumer({ instance: 'one' })
  await assigned(first, 2)
  await close(first)
  await assigned(await consumer({ instance: 'one' }), 2)
}

async function pause({ consumer }) {
  const reader = await consumer({ paused: [1] })
  const found = await reader.inbox.take(10)
  check(found.every(one => one.partition === 0), 'a record of the paused partition came')
  await reader.inbox.nothing(300)
  await reader.resume(1)
  const rest = await reader.inbox.take(10)
  check(rest.every(one => one.partition === 1), 'a record of the other partition came again')
}

async function seek({ consumer, producer, admin, name }) {
  const reader = await consumer()
  await reader.inbox.takeValues(records(0, 10))
  await reader.seek(3)
  await reader.inbox.takeValues(records(3, 10))
  const { earliest, latest } = await (await admin()).offsets(name)
  await reader.seek(earliest)
  await reader.inbox.takeValues(records(0, 10))
  await reader.seek(latest)
  // Where it stands shows in what it reads next.
  await (await producer()).send(name, [record(10)])
  equal((await reader.inbox.take(1))[0].offset, 10, 'the position at the end')
}

async function seekTime({ consumer, admin, name }) {
  const offset = await (await admin()).offsetAt(name, 1600000004500)
  equal(offset, 5, 'the offset at the time')
  const reader = await consumer()
  await reader.inbox.take(10)
  await reader.seek(offset)
  await reader.inbox.takeValues(records(5, 10))
}

async function pattern({ consumer }) {
  const reader = await consumer({ topics: [new RegExp(`^${topicOf('pattern')}-.*`)] })
  const topics = (await reader.inbox.take(2)).map(one => one.topic).sort()
  equal(topics, ['pattern-a', 'pattern-b'].map(topicOf), 'the topics read')
}

async function manyGroups({ consumer, name }) {
  const one = async i => {
    const reader = await consumer({ group: `${name}-${i}` })
    await reader.inbox.takeValues(records(0, 10))
    await commitAt(reader, name, [10])
  }
  await Promise.all(Array.from({ length: 10 }, (_, i) => one(i)))
}

async function offsetReset({ consumer, producer, name }) {
  const late = await consumer({ latest: true })
  await assigned(late, 1)
  await late.fetching()
  await (await producer()).send(name, [record(5)])
  await late.inbox.takeValues([record(5)])
  const early = await consumer({ group: `${name}-earliest` })
  await early.inbox.takeValues(records(0, 6))
}

async function restart({ client, consumer, producer, name }) {
  const writer = await producer({ idempotent: true, retries: 50 })
  await writer.send(name, records(0, 50))
  const reader = await consumer()
  await reader.inbox.takeValues(records(0, 50))
  await restartBroker()
  await writer.send(name, records(50, 100))
  const missing = new Set(records(50, 100).map(one => one.key))
  while (missing.size > 0) missing.delete((await reader.inbox.take(1))[0].key)
}

export const scenarios = {
  group,
  resume,
  rebalance: rebalance({}),
  'static-member': staticMember,
  cooperative,
  kip848: rebalance({ protocol: 'consumer' }),
  pause,
  seek,
  'seek-time': seekTime,
  pattern,
  'many-groups': manyGroups,
  'offset-reset': offsetReset,
  restart
}
