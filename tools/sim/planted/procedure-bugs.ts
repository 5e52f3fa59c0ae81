import type { PushOutput, Result, WireOperation } from '@holdfast/core/protocol'
import type { SyncHandlers } from '@holdfast/server'
import { poison } from '../world/schema.ts'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, type Plants } from './plants.ts'

interface Push {
  readonly operations: readonly WireOperation[]
  readonly waiting?: readonly number[]
}

type Ask = (input: Push) => Promise<PushOutput>

const changingPush = (change: (ask: Ask, input: Push) => Promise<PushOutput>): Plants => ({
  ...nothingPlanted,
  handlers: (handlers): typeof handlers => ({
    ...handlers,
    push: (ctx, input) => change((changed) => handlers.push(ctx, changed), input as Push),
  }),
})

/** An operation that the app refuses makes the whole request fail. */
const poisonBlocks = (): Plants =>
  changingPush(async (ask, input) => {
    const isPoisoned = input.operations.some(({ payload }) => payload.includes(poison))
    if (!isPoisoned) return ask(input)
    return { kind: 'refused', code: 'SERVER_FAILED', message: 'The server failed.', details: {} }
  })

const withResults = (output: PushOutput, change: (result: Result) => Result): PushOutput =>
  output.kind === 'answer' ? { ...output, results: output.results.map(change) } : output

/** What belongs together is judged one by one. */
const forgetsTransactions = (): Plants =>
  changingPush((ask, input) =>
    ask({
      ...input,
      operations: input.operations.map(({ transaction: _transaction, ...operation }) => operation),
    }),
  )

/** Whoever takes back an operation is told so, and it is applied. */
const appliesCancelled = (): Plants =>
  changingPush(async (ask, input) => {
    const asked = new Set(input.operations.filter(({ cancel }) => cancel === true).map(({ id }) => id))
    const operations = input.operations.map(({ cancel: _cancel, ...operation }) => operation)
    return withResults(await ask({ ...input, operations }), (result) =>
      asked.has(result.id) && result.kind === 'applied' ? { id: result.id, kind: 'cancelled' } : result,
    )
  })

/** Each operation is decided by itself, whether or not an earlier one of its record waits. */
const overtakesHeld = (): Plants =>
  changingPush(async (ask, input) => {
    if (input.operations.some(({ transaction }) => transaction !== undefined)) return ask(input)
    const results: Result[] = []
    const waiting = [...(input.waiting ?? [])]
    let last: PushOutput | undefined
    for (const operation of input.operations) {
      last = await ask({ ...input, operations: [operation], waiting })
      if (last.kind !== 'answer') return last
      results.push(...last.results)
      if (last.results.some(({ kind }) => kind === 'retry')) waiting.push(operation.clientSeq)
    }
    return last === undefined || last.kind !== 'answer' ? ask(input) : { ...last, results }
  })

/** Values that did not win are not told of. */
const hidesLosses = (): Plants =>
  changingPush(async (ask, input) =>
    withResults(await ask(input), (result) => (result.kind === 'merged' ? { ...result, lost: [] } : result)),
  )

/** Whoever asks for verdicts that got lost hears that nothing was decided. */
const forgetsVerdicts = (): Plants => ({
  ...nothingPlanted,
  handlers: <TContext>(handlers: SyncHandlers<TContext>): SyncHandlers<TContext> => ({
    ...handlers,
    async resume(ctx, input) {
      const output = await handlers.resume(ctx, input)
      if (output.kind !== 'answer') return output
      return { ...output, verdicts: output.verdicts.map(({ id }) => ({ id, verdict: null })) }
    },
  }),
})

/** Bugs in what the server makes of a request. */
export const procedureBugs: readonly PlantedBug[] = [
  { name: 'poison blocks those that come with it', plants: poisonBlocks },
  {
    name: 'the sibling of an aborted operation is applied',
    plants: forgetsTransactions,
    changes: { weights: { together: 30, family: 10 } },
  },
  {
    name: 'a cancelled operation is applied',
    plants: appliesCancelled,
    changes: { weights: { cancel: 40 }, network: { dropRequest: 0.3 } },
  },
  {
    name: 'an operation that waits is overtaken by a later one of its record',
    plants: overtakesHeld,
    changes: { server: { stubborn: 0.5 } },
  },
  { name: 'nobody is told which values lost', plants: hidesLosses },
  { name: 'a verdict that got lost is never told again', plants: forgetsVerdicts },
]
