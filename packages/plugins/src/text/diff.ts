import { cutsPair, type TextEdit } from './edits.ts'

/** More differences than these are not looked for one by one: what lies between is one edit. */
const mostSteps = 400

interface Stretch {
  readonly text: string
  readonly from: number
  readonly to: number
}

const commonStart = (left: string, right: string): number => {
  const most = Math.min(left.length, right.length)
  let count = 0
  while (count < most && left.charCodeAt(count) === right.charCodeAt(count)) count += 1
  return cutsPair(left, count) || cutsPair(right, count) ? count - 1 : count
}

const commonEnd = (left: string, right: string, most: number): number => {
  let count = 0
  while (
    count < most &&
    left.charCodeAt(left.length - 1 - count) === right.charCodeAt(right.length - 1 - count)
  )
    count += 1
  const cuts = cutsPair(left, left.length - count) || cutsPair(right, right.length - count)
  return cuts && count > 0 ? count - 1 : count
}

/** The edits that lead from one text to another: few and small, and never through the middle of a character. */
export const diffText = (before: string, after: string): readonly TextEdit[] => {
  if (before === after) return []
  const start = commonStart(before, after)
  const rest = Math.min(before.length, after.length) - start
  const end = commonEnd(before, after, rest)
  const left = { text: before, from: start, to: before.length - end }
  const right = { text: after, from: start, to: after.length - end }
  const whole = { at: start, remove: left.to - left.from, insert: after.slice(right.from, right.to) }
  if (whole.remove === 0 || whole.insert === '') return [whole]
  return widen(before, after, shortestScript(left, right) ?? [whole])
}

/** Myers, An O(ND) Difference Algorithm (1986), greedy; undefined where it would take too many steps. */
const shortestScript = (left: Stretch, right: Stretch): readonly TextEdit[] | undefined => {
  const [width, height] = [left.to - left.from, right.to - right.from]
  const isSame = (x: number, y: number): boolean =>
    left.text.charCodeAt(left.from + x) === right.text.charCodeAt(right.from + y)
  const limit = Math.min(mostSteps, width + height)
  const offset = limit + 1
  let reach = new Int32Array(2 * limit + 3)
  const trail: Int32Array[] = []
  for (let steps = 0; steps <= limit; steps += 1) {
    trail.push(reach.slice())
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      const up = reach[offset + diagonal + 1] ?? 0
      const side = reach[offset + diagonal - 1] ?? 0
      const down = diagonal === -steps || (diagonal !== steps && side < up)
      let x = down ? up : side + 1
      while (x < width && x - diagonal < height && isSame(x, x - diagonal)) x += 1
      reach[offset + diagonal] = x
      if (x >= width && x - diagonal >= height) return backtrack(trail, offset, left, right)
    }
    reach = reach.slice()
  }
  return undefined
}

const backtrack = (
  trail: readonly Int32Array[],
  offset: number,
  left: Stretch,
  right: Stretch,
): readonly TextEdit[] => {
  const edits: TextEdit[] = []
  let [x, y] = [left.to - left.from, right.to - right.from]
  for (let steps = trail.length - 1; steps > 0; steps -= 1) {
    const reach = trail[steps]
    const diagonal = x - y
    const up = reach?.[offset + diagonal + 1] ?? 0
    const side = reach?.[offset + diagonal - 1] ?? 0
    const down = diagonal === -steps || (diagonal !== steps && side < up)
    const [fromX, fromY] = down ? [up, up - diagonal - 1] : [side, side - diagonal + 1]
    const at = left.from + fromX
    const insert = down ? right.text.charAt(right.from + fromY) : ''
    edits.unshift({ at, remove: down ? 0 : 1, insert })
    ;[x, y] = [fromX, fromY]
  }
  return edits
}

/** Edits that touch become one; one that would cut a character in two takes all of it. */
const widen = (before: string, after: string, edits: readonly TextEdit[]): readonly TextEdit[] => {
  const result: TextEdit[] = []
  // How far `after` is ahead of `before`.
  let shift = 0
  for (const edit of edits) {
    const last = result.at(-1)
    const ends = last === undefined ? 0 : last.at + last.remove
    const joins = last !== undefined && ends >= edit.at
    const start = joins ? last.at : edit.at
    const shiftAtStart = joins ? shift - last.insert.length + last.remove : shift
    shift += edit.insert.length - edit.remove
    let [from, to] = [start, edit.at + edit.remove]
    if (cutsPair(before, from) || cutsPair(after, from + shiftAtStart)) from -= 1
    if (cutsPair(before, to) || cutsPair(after, to + shift)) to += 1
    if (joins) result.pop()
    result.push({ at: from, remove: to - from, insert: after.slice(from + shiftAtStart, to + shift) })
  }
  return result
}
