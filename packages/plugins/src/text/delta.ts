import type * as Y from 'yjs'
import { cutsPair, type TextEdit } from './edits.ts'

/** A step of a change that goes through a text from its start on. */
export type Step =
  | { readonly kind: 'keep'; readonly length: number }
  | { readonly kind: 'remove'; readonly length: number }
  | { readonly kind: 'insert'; readonly text: string }

/** A change of a text; what it does not come to stays. */
export type Delta = readonly Step[]

export const keep = (length: number): Step => ({ kind: 'keep', length })
export const remove = (length: number): Step => ({ kind: 'remove', length })
export const insert = (text: string): Step => ({ kind: 'insert', text })

const lengthOf = (step: Step): number => (step.kind === 'insert' ? step.text.length : step.length)

const cut = (step: Step, from: number, to: number): Step =>
  step.kind === 'insert' ? insert(step.text.slice(from, to)) : { ...step, length: to - from }

/** The same with as few steps as it takes. */
export const joined = (steps: Iterable<Step>): Delta => {
  const result: Step[] = []
  for (const step of steps) {
    const last = result.at(-1)
    if (lengthOf(step) === 0) continue
    if (last?.kind === 'insert' && step.kind === 'insert') result.splice(-1, 1, insert(last.text + step.text))
    else if (last?.kind === 'insert' || step.kind === 'insert' || last?.kind !== step.kind) result.push(step)
    else result.splice(-1, 1, { ...step, length: last.length + step.length })
  }
  if (result.at(-1)?.kind === 'keep') result.pop()
  return result
}

/** Steps are taken from it in pieces; behind the last one everything is kept. */
const reading = (delta: Delta) => {
  let [index, used] = [0, 0]
  return {
    /** What comes next is an insertion. */
    inserts: (): boolean => delta[index]?.kind === 'insert',
    isOver: (): boolean => index >= delta.length,
    kind: (): Step['kind'] => delta[index]?.kind ?? 'keep',
    left: (): number => {
      const step = delta[index]
      return step === undefined ? Number.POSITIVE_INFINITY : lengthOf(step) - used
    },
    take(most = Number.POSITIVE_INFINITY): Step {
      const step = delta[index]
      if (step === undefined) return keep(most)
      const to = Math.min(lengthOf(step), used + most)
      const piece = cut(step, used, to)
      used = to
      if (to === lengthOf(step)) [index, used] = [index + 1, 0]
      return piece
    },
  }
}

/** One change for two that follow each other. What the second one inserts where the first one removed stands before that. */
export const compose = (first: Delta, second: Delta): Delta => {
  const steps: Step[] = []
  const [one, two] = [reading(first), reading(second)]
  while (!one.isOver() || !two.isOver()) {
    if (two.inserts()) steps.push(two.take())
    else if (one.kind() === 'remove') steps.push(one.take())
    else {
      const length = Math.min(one.left(), two.left())
      const [earlier, later] = [one.take(length), two.take(length)]
      if (later.kind === 'keep') steps.push(earlier)
      else if (earlier.kind === 'keep') steps.push(later)
    }
  }
  return joined(steps)
}

/** `change` on a text that `other` has changed meanwhile; at the same place it stands before or after what that inserts. */
export const transform = (change: Delta, other: Delta, side: 'before' | 'after'): Delta => {
  const steps: Step[] = []
  const [mine, theirs] = [reading(change), reading(other)]
  while (!mine.isOver()) {
    if (mine.inserts() && (side === 'before' || !theirs.inserts())) steps.push(mine.take())
    else if (theirs.inserts()) steps.push(keep(lengthOf(theirs.take())))
    else {
      const length = Math.min(mine.left(), theirs.left())
      const [own, foreign] = [mine.take(length), theirs.take(length)]
      if (foreign.kind === 'keep') steps.push(own)
    }
  }
  return joined(steps)
}

export const toEdits = (delta: Delta): readonly TextEdit[] => {
  const edits: TextEdit[] = []
  let [at, isOpen] = [0, false]
  for (const step of delta) {
    if (step.kind === 'keep') {
      at += step.length
      isOpen = false
      continue
    }
    const last = (isOpen ? edits.pop() : undefined) ?? { at, remove: 0, insert: '' }
    isOpen = true
    if (step.kind === 'insert') edits.push({ ...last, insert: last.insert + step.text })
    else {
      edits.push({ ...last, remove: last.remove + step.length })
      at += step.length
    }
  }
  return edits
}

/** Where something is replaced, what is new comes first. */
export const fromEdits = (edits: readonly TextEdit[]): Delta => {
  let read = 0
  return joined(
    edits.flatMap((edit) => {
      const steps = [keep(edit.at - read), insert(edit.insert), remove(edit.remove)]
      read = edit.at + edit.remove
      return steps
    }),
  )
}

/** What Yjs tells of a change of a text. Other things than text, which no record takes, count as nothing. */
export const fromEvent = ({ delta }: Y.YTextEvent): Delta =>
  joined(
    delta.map((step) => {
      if (step.retain !== undefined) return keep(step.retain)
      if (step.delete !== undefined) return remove(step.delete)
      return insert(typeof step.insert === 'string' ? step.insert : '')
    }),
  )

/** An edit takes about as much room as so many letters. */
const roomOfEdit = 16

/** As much of a change as one operation carries, and the rest, on the text after that. */
export const split = (delta: Delta, room: number): readonly [Delta, Delta] => {
  const [first, rest]: [Step[], Step[]] = [[], []]
  let left = room
  for (const step of delta) {
    if (step.kind !== 'keep') left -= roomOfEdit
    if (left <= 0) {
      rest.push(step)
    } else if (step.kind === 'insert') {
      const { text } = step
      const most = Math.min(left, text.length)
      const end = cutsPair(text, most) ? most - 1 : most
      first.push(insert(text.slice(0, end)))
      rest.push(keep(end), insert(text.slice(end)))
      left = end < text.length ? 0 : left - end
    } else {
      first.push(step)
      if (step.kind === 'keep') rest.push(step)
    }
  }
  return [joined(first), joined(rest)]
}
