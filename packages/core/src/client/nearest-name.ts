/** How many letters have to be changed, added or left out to make one word of the other. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1]
    for (let to = 0; to < right.length; to += 1) {
      const same = left[at] === right[to] ? 0 : 1
      next.push(Math.min((row[to] ?? 0) + same, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The known name that somebody most likely meant; undefined where none is like it. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((left, right) => left.far - right.far)
  const [best] = ranked
  return best !== undefined && best.far <= Math.max(2, Math.floor(name.length / 3))
    ? best.candidate
    : undefined
}
