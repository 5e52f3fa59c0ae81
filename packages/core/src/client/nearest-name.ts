/** How many letters one of the words has and the other has not; a letter changed counts twice. */
const distance = (left: string, right: string): number => {
  let rest = right
  let lacking = 0
  for (const letter of left) {
    if (rest.includes(letter)) rest = rest.replace(letter, '')
    else lacking += 1
  }
  return lacking + rest.length
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
