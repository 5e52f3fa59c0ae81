import { createHash } from 'node:crypto'

/** One text for all accounts with their balances, in whatever order they come. */
export const digestOf = (balances: readonly (readonly [string, number])[]): string => {
  const lines = balances.map(([id, balance]) => `${id} ${balance}`).toSorted()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
