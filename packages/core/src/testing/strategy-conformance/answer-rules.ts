import { isErrorCode, isSyncError, reasonOf } from '../../base/errors.ts'
import { assertPortable } from '../../base/portable.ts'
import type { Conflict } from '../../model/strategy.ts'
import { canonical } from './canonical.ts'
import { askCopy, eachConflict, isRecord, show, type StrategyContext, type StrategyRule } from './rule.ts'

/** The keys of each kind of answer. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  local: ['take'],
  remote: ['take'],
  merged: ['patch', 'take'],
  ask: ['fields', 'take'],
  reject: ['code', 'take'],
}

type Answer = Readonly<Record<string, unknown>>

/** Each answer of this kind; what is no answer at all is for other rules. */
const eachAnswer = (
  context: StrategyContext,
  take: string,
  problemOf: (answer: Answer, conflict: Conflict) => string | undefined,
): void => {
  const strategy = context.make()
  eachConflict(context, (conflict) => {
    const outcome = askCopy(strategy, conflict)
    if (outcome.kind !== 'answered' || !isRecord(outcome.answer)) return undefined
    return outcome.answer['take'] === take ? problemOf(outcome.answer, conflict) : undefined
  })
}

const portableProblem = (field: string, value: unknown): string | undefined => {
  if (value === undefined) return undefined
  try {
    assertPortable(value, field)
    return undefined
  } catch (error) {
    return isSyncError(error) ? `The patch can't be stored: ${error.message}` : reasonOf(error)
  }
}

export const answerRules: readonly StrategyRule[] = [
  {
    id: 'CS7',
    title: 'the answer comes at once: no promise',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) =>
        askCopy(strategy, conflict).kind === 'promised' ? 'It answered with a promise' : undefined,
      )
    },
  },
  {
    id: 'CS8',
    title:
      'every conflict has an answer: absent values, nulls, any type against any other, equal or missing stamps',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) => {
        const outcome = askCopy(strategy, conflict)
        return outcome.kind === 'threw' ? `It threw: ${reasonOf(outcome.error)}` : undefined
      })
    },
  },
  {
    id: 'CS9',
    title: 'an answer takes local, remote, merged, ask or reject, and has the keys of its kind and no others',
    check(context) {
      const strategy = context.make()
      eachConflict(context, (conflict) => {
        const outcome = askCopy(strategy, conflict)
        if (outcome.kind !== 'answered') return undefined
        const { answer } = outcome
        const take = isRecord(answer) ? String(answer['take']) : ''
        const keys = Object.hasOwn(shapes, take) ? shapes[take] : undefined
        const fits = isRecord(answer) && keys?.join() === Object.keys(answer).sort().join()
        return fits ? undefined : `It answered ${show(outcome)}`
      })
    },
  },
  {
    id: 'CS10',
    title: 'a patch names disputed fields only, and gives each a portable value, or undefined to remove it',
    check(context) {
      eachAnswer(context, 'merged', ({ patch }, { fields }) => {
        if (!isRecord(patch)) return `The patch is ${canonical(patch)}`
        for (const [field, value] of Object.entries(patch)) {
          if (!fields.includes(field)) return `The patch names "${field}", which is not disputed`
          const problem = portableProblem(field, value)
          if (problem !== undefined) return problem
        }
        return undefined
      })
    },
  },
  {
    id: 'CS11',
    title: 'a question names at least one field, only disputed ones, and each once',
    check(context) {
      eachAnswer(context, 'ask', ({ fields: asked }, { fields }) => {
        if (!Array.isArray(asked)) return `The fields are ${canonical(asked)}`
        if (asked.length === 0) return 'It asks about nothing: nobody could answer'
        const stranger: unknown = asked.find((field) => !fields.includes(String(field)))
        if (stranger !== undefined) return `It asks about ${canonical(stranger)}, which is not disputed`
        return new Set(asked).size === asked.length
          ? undefined
          : `It names a field twice: ${canonical(asked)}`
      })
    },
  },
  {
    id: 'CS12',
    title: 'a refusal has a code of the closed list',
    check(context) {
      eachAnswer(context, 'reject', ({ code }) =>
        isErrorCode(code) ? undefined : `${canonical(code)} is no error code`,
      )
    },
  },
]
