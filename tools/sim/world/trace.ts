/** What happened, in order: a hash of all of it, and the last lines for people. */
export interface Trace {
  readonly note: (line: string) => void
  readonly hash: () => string
  readonly lines: () => readonly string[]
}

const kept = 80

export const createTrace = (now: () => number): Trace => {
  const lines: string[] = []
  let high = 0x811c9dc5
  let low = 0x01000193

  return {
    note(line) {
      const text = `${now().toFixed(1).padStart(9)} ${line}`
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index)
        high = Math.imul(high ^ code, 0x01000193)
        low = Math.imul(low ^ code ^ (high >>> 15), 0x85ebca6b)
      }
      lines.push(text)
      if (lines.length > 2 * kept) lines.splice(0, kept)
    },
    hash: () => (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0'),
    lines: () => lines.slice(-kept),
  }
}
