// Runs the scenarios of contract.md that $SCENARIOS names with the client that $PROGRAM names.
import { scenarios as administration } from './scenarios/administration.mjs'
import { scenarios as consuming } from './scenarios/consuming.mjs'
import { scenarios as producing } from './scenarios/producing.mjs'
import { scenarios as transactions } from './scenarios/transactions.mjs'
import { report, topicOf, within } from './lib/contract.mjs'

const table = { ...producing, ...transactions, ...consuming, ...administration }
const client = await import(`./clients/${process.env.PROGRAM}.mjs`)

// Whatever a scenario opened is closed at its end, also when it failed.
async function runOne(scenario, name) {
  const open = []
  const kept = async opening => {
    const opened = await opening
    open.push(opened)
    return opened
  }
  const tools = {
    client,
    name: topicOf(name),
    producer: options => kept(client.producer(options ?? {})),
    consumer: options => kept(client.consumer({ group: topicOf(name), topics: [topicOf(name)], ...options })),
    admin: () => kept(client.admin()),
    close: async opened => {
      open.splice(open.indexOf(opened), 1)
      await opened.close()
    }
  }
  try {
    await within(60_000, scenario(tools), 'the scenario')
  } finally {
    for (const opened of open.reverse()) await within(10_000, opened.close(), 'closing').catch(console.error)
  }
}

process.on('unhandledRejection', console.error)
report({ client: client.name, version: client.version })
for (const name of process.env.SCENARIOS.split(' ').filter(Boolean)) {
  try {
    if (!table[name]) throw new Error('the program has no such scenario')
    await runOne(table[name], name)
    report({ scenario: name, ok: true })
  } catch (error) {
    console.error(name, error)
    report({ scenario: name, ok: false, why: String(error.message ?? error).slice(0, 300) })
  }
}
process.exit(0)
