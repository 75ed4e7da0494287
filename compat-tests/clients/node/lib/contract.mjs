// The words of contract.md: topics, records, reports, deadlines.
import { createInterface } from 'node:readline'
import { writeSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

export const deadline = 20_000
export const bootstrap = process.env.BOOTSTRAP
export const topicOf = name => `${process.env.PREFIX}-${name}`

export const report = line => writeSync(1, `${JSON.stringify(line)}\n`)

export const record = (i, more = {}) => ({ key: `k${i}`, value: `v${i}`, ...more })

/** The records from to (exclusive). */
export const records = (from, to, more = () => ({})) =>
  Array.from({ length: to - from }, (_, i) => record(from + i, more(from + i)))

export function equal(found, wanted, what) {
  if (!isDeepStrictEqual(found, wanted)) {
    throw new Error(`${what}: ${brief(found)} instead of ${brief(wanted)}`)
  }
}

export function check(holds, what) {
  if (!holds) throw new Error(what)
}

/** The error of an action that has to fail with one that matches. */
export async function fails(action, pattern, what) {
  let error
  try {
    await action()
  } catch (thrown) {
    error = thrown
  }
  check(error, `${what} did not fail`)
  const said = causes(error).join(' ')
  check(pattern.test(said), `${what} failed otherwise: ${said}`)
}

function causes(error) {
  if (!error || typeof error !== 'object') return []
  const inner = [error.cause, ...(error.errors ?? [])]
  return [error.message, error.type, error.apiId, error.name, error.code, ...inner.flatMap(causes)].filter(Boolean)
}

export async function within(milliseconds, promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds / 1000} s`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Waits until a condition holds, and says what it waited for when it never does. */
export async function until(condition, what) {
  const end = Date.now() + deadline
  for (;;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Makes the harness kill the broker and start it again. */
export async function restartBroker() {
  const lines = createInterface({ input: process.stdin })
  const answer = new Promise(resolve => lines.once('line', resolve))
  report({ ask: 'restart' })
  equal(await within(60_000, answer, 'the restart'), 'done', 'the answer of the harness')
  lines.close()
}

function brief(value) {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
