// Copies the topic's records into a table, in batches. Runs until it is told to stop (SIGTERM).
//
// Rows and offsets are written in one transaction, and it is the database that says where to go on, not Kafka: whenever the loader dies, the
// table has either both or none of them. Kafka's group is there to share the partitions among the loaders; no offset is committed to it, so
// each partition's first batch comes from the topic's beginning. As any batch that is not the table's next one, it is left unwritten, and
// the loader goes where the table ends. An error ends the program, and with its connection the transaction.
import kafkajs from 'kafkajs'
import pg from 'pg'

const { Kafka, logLevel } = kafkajs
const { BOOTSTRAP, DATABASE, TOPIC = 'payments' } = process.env
const BATCH_BYTES = 512 * 1024 // of one partition
const BATCH_MS = 200 // a batch that is not full is written after this time
const SESSION_MS = 6000 // the partitions of a loader that was killed go to another one after this time

const MOVE_ON = 'UPDATE progress SET next = $1, records = records + $2 WHERE topic = $3 AND partition = $4 AND next = $5'
// The relay may have published a row twice; its id tells.
const INSERT = `INSERT INTO payments (id, account, amount, partition, position)
  SELECT id, (payload->>'account')::int, (payload->>'amount')::bigint, $1, position
  FROM unnest($2::bigint[], $3::json[], $4::bigint[]) AS batch (id, payload, position)
  ON CONFLICT (id) DO NOTHING`

class Loader {
  database = new pg.Client(DATABASE)
  consumer = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.WARN }).consumer({
    groupId: 'loader',
    sessionTimeout: SESSION_MS,
    heartbeatInterval: SESSION_MS / 3,
    maxBytesPerPartition: BATCH_BYTES,
    maxWaitTimeInMs: BATCH_MS
  })

  async run() {
    await this.database.connect()
    await this.consumer.connect()
    await this.consumer.subscribe({ topic: TOPIC, fromBeginning: true })
    this.consumer.on(this.consumer.events.CRASH, ({ payload }) => payload.restart || fail(payload.error))
    await this.consumer.run({ autoCommit: false, eachBatch: ({ batch }) => this.take(batch).catch(fail) })
  }

  async take(batch) {
    if (!await this.write(batch)) await this.seek(batch)
  }

  // One batch, one transaction; whether it was the table's next one. A loader that has lost the partition without knowing changes nothing.
  async write({ partition, fetchedOffset, messages }) {
    const end = BigInt(messages.at(-1).offset) + 1n
    await this.database.query('BEGIN')
    const moved = await this.database.query(MOVE_ON, [end, messages.length, TOPIC, partition, fetchedOffset])
    if (moved.rowCount === 1) {
      const ids = messages.map(({ headers }) => headers.id.toString())
      const payloads = messages.map(({ value }) => value.toString())
      await this.database.query(INSERT, [partition, ids, payloads, messages.map(({ offset }) => offset)])
    }
    await this.database.query('COMMIT')
    return moved.rowCount === 1
  }

  // Goes on where the table ends, unless the topic has lost what comes there.
  async seek({ partition, fetchedOffset, highWatermark }) {
    const key = [TOPIC, partition]
    await this.database.query('INSERT INTO progress (topic, partition) VALUES ($1, $2) ON CONFLICT DO NOTHING', key)
    const { rows: [{ next }] } = await this.database.query('SELECT next FROM progress WHERE topic = $1 AND partition = $2', key)
    if (BigInt(next) < BigInt(fetchedOffset) || BigInt(next) > BigInt(highWatermark)) {
      throw new Error(`partition ${partition} has no offset ${next}`)
    }
    this.consumer.seek({ topic: TOPIC, partition, offset: next })
  }

  async stop() {
    await this.consumer.disconnect()
    await this.database.end()
  }
}

function fail(error) {
  console.error(error)
  process.exit(1)
}

const loader = new Loader()
process.once('SIGTERM', () => loader.stop())
await loader.run()
