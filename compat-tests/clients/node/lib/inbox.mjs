// What a consumer has received and nobody has taken yet.
import { deadline, equal, until } from './contract.mjs'

export class Inbox {
  #records = []
  #failure = null

  put(record) {
    this.#records.push(record)
  }

  fail(error) {
    this.#failure ??= error
  }

  /** The next records; the clients' own bytes have become text. */
  async take(count) {
    await until(() => {
      if (this.#failure) throw this.#failure
      return this.#records.length >= count
    }, () => `${count} records within ${deadline / 1000} s; ${this.#records.length} came`)
    return this.#records.splice(0, count)
  }

  /** Exactly these records come, by their values, in this order. */
  async takeValues(wanted) {
    const found = await this.take(wanted.length)
    equal(found.map(({ value }) => value), wanted.map(({ value }) => value), 'the values read')
    return found
  }

  /** Nothing comes for so long. */
  async nothing(milliseconds) {
    await new Promise(resolve => setTimeout(resolve, milliseconds))
    equal(this.#records, [], 'records that should not come')
  }
}

export const text = bytes => (bytes === null || bytes === undefined ? null : bytes.toString())
