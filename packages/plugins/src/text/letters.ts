import * as Y from 'yjs'
import { insert, joined, keep, remove, type Delta, type Step } from './delta.ts'
import { textOf } from './document.ts'
import { fingerprint } from './hash.ts'

/** Letters that stand side by side under names that follow each other. */
interface Run {
  readonly id: Y.ID
  readonly length: number
  /** undefined: they were removed, and only their names stand there. */
  readonly text: string | undefined
}

/** All letters that a document ever had, in their order. */
function* runsOf(document: Y.Doc): Generator<Run> {
  for (let item = textOf(document)._start; item !== null; item = item.right) {
    const { id, length, content } = item
    yield { id, length, text: content instanceof Y.ContentString && !item.deleted ? content.str : undefined }
  }
}

/** Tells documents apart by the letters that they show, and by how many a client has written. */
export const fingerprintOf = (document: Y.Doc, client: number): string => {
  const names: string[] = []
  let next: Y.ID | undefined
  for (const { id, length, text } of runsOf(document)) {
    if (text === undefined) continue
    // However it is cut into pieces.
    if (next === undefined || !Y.compareIDs(next, id)) names.push(`${id.client}.${id.clock}`, '')
    next = Y.createID(id.client, id.clock + length)
    names.splice(-1, 1, String(next.clock))
  }
  return fingerprint(`${names.join(' ')} ${Y.getState(document.store, client)}`)
}

interface Standing {
  readonly kind: 'shown' | 'removed' | 'absent'
  readonly length: number
}

/** What becomes of a run in another document, piece by piece. */
function* standingIn(document: Y.Doc, { id, length }: Run): Generator<Standing> {
  const end = id.clock + length
  const structs = document.store.clients.get(id.client) ?? []
  const known = Math.min(end, Y.getState(document.store, id.client))
  let clock = id.clock
  for (let index = clock < known ? Y.findIndexSS(structs, clock) : 0; clock < known; index += 1) {
    const struct = structs[index]
    const to = struct === undefined ? known : Math.min(known, struct.id.clock + struct.length)
    yield { kind: struct?.deleted === false ? 'shown' : 'removed', length: to - clock }
    clock = to
  }
  if (clock < end) yield { kind: 'absent', length: end - clock }
}

/** Goes along the letters that a document shows, and knows which of them another one does not have at all. */
const lostAlong = (earlier: Y.Doc, later: Y.Doc) => {
  const pieces: Standing[] = []
  for (const run of runsOf(earlier)) if (run.text !== undefined) pieces.push(...standingIn(later, run))
  let [index, used] = [0, 0]
  const lost = (): number => {
    let length = 0
    for (let piece = pieces[index]; piece?.kind === 'absent'; piece = pieces[(index += 1)])
      length += piece.length
    return length
  }
  return {
    /** So many lost ones come next. */
    lost,
    /** So many of the others are passed, as far as there are lost ones in between. */
    pass(most: number): number {
      const piece = pieces[index]
      if (piece === undefined) return most
      const length = Math.min(most, piece.length - used)
      used += length
      if (used === piece.length) [index, used] = [index + 1, 0]
      return length
    },
  }
}

/**
 * The change that leads from one document's text to another's, by the letters themselves and never by what they read.
 * Letters of both stand in the same order in both, whatever else is there; places between removed letters count.
 */
export const changeBetween = (earlier: Y.Doc, later: Y.Doc): Delta => {
  const along = lostAlong(earlier, later)
  const steps: Step[] = []
  for (const run of runsOf(later)) {
    let read = 0
    for (const { kind, length } of standingIn(earlier, run)) {
      if (kind === 'shown') {
        for (let passed = 0; passed < length;) {
          steps.push(remove(along.lost()))
          const next = along.pass(length - passed)
          steps.push(run.text === undefined ? remove(next) : keep(next))
          passed += next
        }
      } else if (run.text !== undefined) {
        steps.push(insert(run.text.slice(read, read + length)))
      }
      read += length
    }
  }
  steps.push(remove(along.lost()))
  return joined(steps)
}
