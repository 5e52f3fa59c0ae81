import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/model/decide.ts'
import { deletedField, type ServerRow } from '../../src/model/record.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins, serverWins } from '../../src/model/strategies/last-write-wins.ts'
import { manual, optimisticVersion } from '../../src/model/strategies/manual.ts'
import { history, loneHistory } from './history-arbitrary.ts'
import { candidate, deepFreeze, judge, place, todos, type Step } from './todo.ts'

const definitions = [
  ['lastWriteWins', todos(lastWriteWins())],
  ['lastWriteWins, deleteWins', todos(lastWriteWins(), 'deleteWins')],
  ['serverWins, ask', todos(serverWins(), 'ask')],
  ['fieldMerge', todos(fieldMerge({ fields: { done: lastWriteWins() } }))],
  ['manual', todos(manual())],
  ['optimisticVersion', todos(optimisticVersion())],
] as const

type Definition = (typeof definitions)[number][1]

/** Calls `see` with the row before and after each applied step. */
const eachWrite = (
  definition: Definition,
  steps: readonly Step[],
  see: (before: ServerRow | undefined, after: ServerRow, step: Step) => void,
): void => {
  let row: ServerRow | undefined
  steps.forEach((step, index) => {
    const decision = decide(definition, row, candidate(step), place(index + 1))
    if (decision.kind !== 'write') return
    see(row, decision.row, step)
    row = decision.row
  })
}

test.each(definitions)('[P08][MD2] %s: a lone writer never conflicts and loses nothing', (_, definition) => {
  fc.assert(
    fc.property(loneHistory, (steps) => {
      for (const decision of judge(definition, steps).decisions) {
        const verdict = decision.kind === 'wait' ? decision : decision.verdict
        expect(verdict).toMatchObject(
          decision.kind === 'write' ? { kind: 'applied' } : { kind: 'rejected', code: 'DEPENDENCY' },
        )
      }
    }),
  )
})

test.each(definitions)('[MD7] %s: the version counts applied operations', (_, definition) => {
  fc.assert(
    fc.property(history, (steps) => {
      const { row, decisions } = judge(definition, steps)
      const writes = decisions.filter(({ kind }) => kind === 'write')
      expect(row?.version ?? 0).toBe(writes.length)
      const versions = writes.map((one) => (one.kind === 'write' ? one.verdict : undefined))
      versions.forEach((verdict, index) => expect(verdict).toMatchObject({ version: index + 1 }))
    }),
  )
})

test.each(definitions)('[MD8][MD9][MD10] %s: who changed which field when', (_, definition) => {
  fc.assert(
    fc.property(history, (steps) => {
      eachWrite(definition, steps, (before, after, step) => {
        const isNew = before === undefined || (before.deleted && !after.deleted)
        expect(after.bornSeq).toBe(isNew ? after.seq : before.bornSeq)
        expect(after).toMatchObject({
          id: 'r1',
          updatedAt: 1000 + after.seq,
          updatedBy: `user of ${step.by}`,
        })
        expect(after.deleted && before !== undefined ? after.data : {}).toEqual(
          after.deleted ? before?.data : {},
        )

        for (const field of ['id', 'title', 'note', 'done', 'votes', deletedField]) {
          const [old, now] = [before?.fieldVersions[field], after.fieldVersions[field]]
          const isAnew = isNew && step.type === 'create' && Object.hasOwn(after.data, field)
          const isChanged =
            field === deletedField
              ? before !== undefined && before.deleted !== after.deleted
              : isAnew || JSON.stringify(before?.data[field]) !== JSON.stringify(after.data[field])
          const [oldest, newest] = [old?.timestamp ?? 0, Math.max(step.at ?? 0, old?.timestamp ?? 0)]
          const raised = now?.timestamp ?? oldest
          expect(raised >= oldest && raised <= newest).toBe(true)
          expect(isChanged ? now : now && { ...now, timestamp: old?.timestamp }).toEqual(
            isChanged
              ? {
                  version: after.version,
                  seq: after.seq,
                  clientId: step.by,
                  userId: `user of ${step.by}`,
                  timestamp: Math.max(step.at ?? 0, old?.timestamp ?? 0),
                  otherVersion: old?.clientId === step.by ? old.otherVersion : (old?.version ?? 0),
                  other:
                    old === undefined || old.clientId === step.by
                      ? old?.other
                      : { userId: old.userId, timestamp: old.timestamp },
                }
              : old,
          )
        }
      })
    }),
  )
})

test.each(definitions)('[MD18] %s: `applied` means nothing unseen and nothing lost', (_, definition) => {
  fc.assert(
    fc.property(history, (steps) => {
      let row: ServerRow | undefined
      steps.forEach((step, index) => {
        const decision = decide(definition, row, candidate(step), place(index + 1))
        if (decision.kind !== 'write') return
        const isUnseen = Object.values(row?.fieldVersions ?? {}).some(
          (one) => (one.clientId === step.by ? one.otherVersion : one.version) > step.base,
        )
        const lost = decision.verdict.kind === 'merged' ? decision.verdict.lost : []
        expect(decision.verdict.kind).toBe(isUnseen || lost.length > 0 ? 'merged' : 'applied')
        row = decision.row
      })
    }),
  )
})

test.each(definitions)('[MD26] %s: judging is pure', (_, definition) => {
  fc.assert(
    fc.property(history, (steps) => {
      let row: ServerRow | undefined
      steps.forEach((step, index) => {
        const input = [deepFreeze(row), deepFreeze(candidate(step)), deepFreeze(place(index + 1))] as const
        const copy = structuredClone(input)
        const decision = decide(definition, ...input)
        expect(decide(definition, ...copy)).toEqual(decision)
        expect(input).toEqual(copy)
        if (decision.kind === 'write') row = decision.row
      })
    }),
  )
})
