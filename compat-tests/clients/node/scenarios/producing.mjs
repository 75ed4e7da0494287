import { bootstrap, check, equal, fails, record, records } from '../lib/contract.mjs'

const filler = 'x'.repeat(1000)

async function acks({ producer, name }) {
  for (const [partition, acks] of [0, 1, -1].entries()) {
    const writer = await producer({ acks })
    await writer.send(name, records(0, 10, () => ({ partition })))
    await writer.flush()
  }
}

const codec = codec => async ({ producer, consumer, name }) => {
  const all = records(0, 100, i => ({ value: `v${i}-${filler}` }))
  const writer = await producer({ codec })
  for (let at = 0; at < 100; at += 25) await writer.send(name, all.slice(at, at + 25))
  const found = await (await consumer()).inbox.take(100)
  equal(found.map(({ key, value }) => ({ key, value })), all, 'the records read')
}

async function keys({ producer, name }) {
  const writer = await producer()
  for (const _ of [1, 2]) await writer.send(name, records(0, 100))
}

const headers = wanted => async ({ producer, consumer, name }) => {
  await (await producer()).send(name, [record(0, { headers: wanted })])
  const [found] = await (await consumer()).inbox.take(1)
  equal(found.headers, wanted, 'the headers')
}

async function nulls({ producer, consumer, name }) {
  const wanted = [{ key: 'k0', value: null }, { key: null, value: 'v1' }, { key: '', value: '' }]
  const writer = await producer()
  for (const one of wanted) await writer.send(name, [one])
  const found = await (await consumer()).inbox.take(3)
  equal(found.map(({ key, value }) => ({ key, value })), wanted, 'the records read')
}

async function timestamps({ producer, consumer, name }) {
  const timestamp = 1600000000123
  await (await producer()).send(name, [record(0, { timestamp })])
  const [found] = await (await consumer()).inbox.take(1)
  equal(found.timestamp, timestamp, 'the timestamp')
}

async function idempotence({ producer, name }) {
  const writer = await producer({ idempotent: true })
  for (let at = 0; at < 100; at += 10) await writer.send(name, records(at, at + 10))
}

async function large({ producer, consumer, name }) {
  const value = 'x'.repeat(5_000_000)
  await (await producer({ sizeMax: 8_388_608 })).send(name, [record(0, { value })])
  const [found] = await (await consumer()).inbox.take(1)
  check(found.value === value, `a value of ${found.value.length} bytes came back`)
}

async function tooLarge({ producer, name }) {
  const writer = await producer()
  await fails(() => writer.send(name, [record(0, { value: 'x'.repeat(20_000) })]), /large/i, 'the large record')
  await writer.send(name, [record(0)])
}

async function bulk({ producer, consumer, name }) {
  const all = records(0, 20_000, i => ({ key: `k${i % 100}` }))
  const writer = await producer()
  for (let at = 0; at < all.length; at += 1000) await writer.send(name, all.slice(at, at + 1000))
  const found = await (await consumer()).inbox.take(all.length)
  const [sent, read] = [all, found].map(byKey)
  for (const key of Object.keys(sent)) {
    equal(read[key].map(one => one.value), sent[key].map(one => one.value), `the values of ${key}`)
  }
}

function byKey(all) {
  const groups = {}
  for (const one of all) (groups[one.key] ??= []).push(one)
  return groups
}

async function manyPartitions({ producer, consumer, name }) {
  await (await producer()).send(name, records(0, 100, partition => ({ partition })))
  const found = await (await consumer()).inbox.take(100)
  found.sort((a, b) => a.partition - b.partition)
  equal(found.map(one => one.key), records(0, 100).map(one => one.key), 'the keys by partition')
}

async function autoCreate({ producer, name }) {
  await (await producer({ createTopics: true })).send(name, records(0, 10, () => ({ partition: 0 })))
}

async function unknownTopic({ producer, name }) {
  const writer = await producer({ createTopics: false, retries: 2 })
  await fails(() => writer.send(name, [record(0)]), /unknown|not host/i, `writing to ${name} at ${bootstrap}`)
}

export const scenarios = {
  acks,
  'codec-gzip': codec('gzip'),
  'codec-snappy': codec('snappy'),
  'codec-lz4': codec('lz4'),
  'codec-zstd': codec('zstd'),
  keys,
  headers: headers([['a', '1'], ['a', '2'], ['empty', '']]),
  'headers-null': headers([['n', null]]),
  nulls,
  timestamps,
  idempotence,
  large,
  'too-large': tooLarge,
  bulk,
  'many-partitions': manyPartitions,
  'auto-create': autoCreate,
  'unknown-topic': unknownTopic
}
