import type { PreflightInput, PreflightOutput, StoredVerdict, WireOperation } from '@holdfast/core/protocol'
import { deletion, movement, type History } from '../model/history.ts'
import { journeyOf } from '../model/move.ts'
import { rulesOf } from '../model/rules.ts'
import { namedIn } from '../model/typed.ts'
import { must } from './violation.ts'

type Answer = Extract<PreflightOutput, { kind: 'answer' }>

/** What preflight foresaw of one record, and how the record was then. */
interface Foreseen {
  readonly risk: 'LOW' | 'MEDIUM' | 'HIGH'
  readonly reason: string
  readonly asked: ReadonlySet<string>
  readonly version: number
}

/** What preflight told clients of one scope, held against what push then does. */
export interface Foresights {
  readonly note: (input: PreflightInput, answer: Answer, historyOf: HistoryOf) => void
  /** The record begins anew: what was foreseen of it is of another one. */
  readonly forget: (record: string) => void
  /** An operation is decided on a record as it is by now. @throws Violation */
  readonly check: (decided: DecidedOperation) => void
}

type HistoryOf = (record: string) => History | undefined

export interface DecidedOperation {
  readonly clientId: string
  readonly operation: WireOperation
  readonly verdict: StoredVerdict
  readonly history: History | undefined
  /** Its author saw a history that the server lost, and may have said so. */
  readonly sawLost: boolean
}

const nameOf = (clientId: string, collection: string, id: string, baseVersion: number): string =>
  `${clientId} ${collection}/${id} ${baseVersion}`

/** All that an operation may change or look at. */
const concernedBy = ({ collection, type, payload }: WireOperation): readonly string[] => {
  switch (type) {
    case 'create':
      return [deletion, ...namedIn(payload)]
    case 'update':
    case 'put':
      return namedIn(payload)
    case 'delete':
      return [deletion]
    case 'move':
      return [movement, ...Object.keys(journeyOf({ payload }).patch)]
    default: {
      const named = rulesOf(collection).named[type]
      return named === undefined ? [] : [...named.changes, ...named.reads]
    }
  }
}

export const createForesights = (onHeld: (risk: Foreseen['risk']) => void): Foresights => {
  const known = new Map<string, readonly Foreseen[]>()
  return {
    note({ clientId, entities }, answer, historyOf) {
      const told = new Map<string, Foreseen[]>()
      entities.forEach(({ collection, id, baseVersion, fields }, index) => {
        const answered = answer.entities[index]
        must(answered?.id === id, 'foreseen', () => `${answered?.id} was answered in the place of ${id}`)
        if (answered === undefined) return
        const { risk, reason } = answered
        // Of that it says nothing; a newer one may.
        if (reason === 'server_older') return
        const unasked = answered.fields.find((field) => !fields.includes(field) && field !== deletion)
        must(unasked === undefined, 'isolated', () => `preflight names ${unasked}, which nobody asked about`)
        const name = nameOf(clientId, collection, id, baseVersion)
        const version = historyOf(`${collection}/${id}`)?.version ?? 0
        told.set(name, [...(told.get(name) ?? []), { risk, reason, asked: new Set(fields), version }])
      })
      for (const [name, foreseen] of told) known.set(name, foreseen)
    },
    forget(record) {
      for (const name of known.keys()) if (name.split(' ')[1] === record) known.delete(name)
    },
    check({ clientId, operation, verdict, history, sawLost }) {
      const { id, collection, recordId, baseVersion } = operation
      // Nobody foresees for whoever saw a history that the server lost.
      if (sawLost) return
      const concerned = concernedBy(operation)
      // A deletion is foreseen by itself, whatever else is named.
      const foreseen = known
        .get(nameOf(clientId, collection, recordId, baseVersion))
        ?.find(
          ({ asked }) =>
            concerned.every((field) => asked.has(field)) &&
            (operation.type === 'delete') === (asked.size === 1 && asked.has(deletion)),
        )
      if (foreseen === undefined) return
      const { risk, reason, asked, version } = foreseen
      const isDisturbed = history?.steps.some((step) => step.version > version && step.clientId !== clientId)
      if (isDisturbed === true) return
      onHeld(risk)
      const told = (): string =>
        `${operation.type} ${id}, foreseen as ${risk} ${reason} for ${[...asked].join()}, is ${JSON.stringify(verdict)}`
      if (verdict.kind === 'conflict') must(risk === 'HIGH', 'foreseen', told)
      if (verdict.kind === 'merged' && verdict.lost.length > 0) must(risk !== 'LOW', 'foreseen', told)
      const isAsItWas = (history?.version ?? 0) === version
      // What a move must have seen is foreseen of it together with the edits before it.
      const isAboutIt = operation.type === 'move' && [...asked].every((field) => concerned.includes(field))
      if (isAsItWas && (reason === 'missing' || (reason === 'unseen' && isAboutIt)))
        must(verdict.kind !== 'applied' && verdict.kind !== 'merged', 'foreseen', told)
    },
  }
}
