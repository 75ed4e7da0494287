import { fails, record, records, topicOf } from '../lib/contract.mjs'

async function commit({ producer, consumer, name }) {
  const writer = await producer({ transactionalId: name })
  await writer.begin()
  await writer.send(name, records(0, 10, i => ({ partition: i % 2 })))
  await writer.commit()
  await (await consumer()).inbox.take(10)
}

async function abort({ producer, consumer, name }) {
  const writer = await producer({ transactionalId: name })
  await writer.begin()
  await writer.send(name, records(0, 10))
  await writer.abort()
  await writer.begin()
  await writer.send(name, records(10, 15))
  await writer.commit()
  await (await consumer()).inbox.takeValues(records(10, 15))
}

async function fence({ producer, name }) {
  const first = await producer({ transactionalId: name })
  await first.begin()
  await first.send(name, [record(0)])
  await first.flush()
  const second = await producer({ transactionalId: name })
  await second.begin()
  await fails(() => first.commit(), /fenced|epoch/i, 'the commit of the fenced producer')
  await second.send(name, [record(1)])
  await second.commit()
}

async function copy({ producer, consumer }) {
  const [group, from, to] = ['txn-copy', 'txn-copy-in', 'txn-copy-out'].map(topicOf)
  const reader = await consumer({ group, topics: [from] })
  const found = await reader.inbox.takeValues(records(0, 10))
  const writer = await producer({ transactionalId: group })
  await writer.begin()
  await writer.send(to, found.map(({ key, value }) => ({ key, value })))
  await writer.sendOffsets(reader, [{ topic: from, partition: 0, offset: 10 }])
  await writer.commit()
}

async function readCommitted({ consumer, name }) {
  const committed = await consumer()
  await committed.inbox.takeValues([...records(0, 5), ...records(10, 15)])
  await committed.inbox.nothing(2000)
  const uncommitted = await consumer({ group: `${name}-all`, uncommitted: true })
  await uncommitted.inbox.takeValues(records(0, 16))
}

export const scenarios = {
  'txn-commit': commit,
  'txn-abort': abort,
  'txn-fence': fence,
  'txn-copy': copy,
  'read-committed': readCommitted
}
