import { transactionOf, type Deferred, type ExtensibleClient } from './client.ts'
import { planOf } from './plan.ts'
import type { World } from './reach.ts'

/**
 * `$transaction` of the extended client. A batch (`$transaction([...])`) that writes mapped models goes as an interactive
 * transaction, in the same order: what was written has to be looked up in between.
 */
export const inTransaction = (client: ExtensibleClient, world: World) => {
  const original = client.$transaction
  return function $transaction(this: ExtensibleClient, input: unknown, options?: unknown): Promise<unknown> {
    const start = (begin: unknown): Promise<unknown> => Reflect.apply(original, this, [begin, options])
    if (!isBatch(input) || !input.some((deferred) => mayWrite(world, deferred))) return start(input)
    return start(async (tx: ExtensibleClient) => {
      const transaction = transactionOf(tx)
      const results: unknown[] = []
      for (const deferred of input) results.push(await deferred.requestTransaction(transaction))
      return results
    })
  }
}

type BatchPart = Deferred & Required<Pick<Deferred, 'requestTransaction'>>

/** Of anything else Prisma says what is wrong with it. */
const isBatch = (input: unknown): input is readonly BatchPart[] =>
  Array.isArray(input) &&
  input.every(
    (part: Partial<Deferred> | null | undefined) =>
      part?.[Symbol.toStringTag] === 'PrismaPromise' && part.requestTransaction !== undefined,
  )

/** Raw SQL writes what it writes; a Prisma that does not say what a part is may write. */
const mayWrite = (world: World, deferred: Deferred): boolean => {
  if (!('spec' in deferred)) return true
  const { spec } = deferred
  return (
    spec !== undefined &&
    planOf(world, { model: spec.model, operation: spec.action, args: spec.args }) !== undefined
  )
}
