/** One text for all accounts with their balances, in whatever order they come; the same in Node and in a page. */
export const digestOf = async (balances: readonly (readonly [string, number])[]): Promise<string> => {
  const lines = balances.map(([id, balance]) => `${id} ${balance}`).toSorted()
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('\n')))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
