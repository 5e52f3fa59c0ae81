import { SyncError } from '@holdfast/core'
import type { SqlRunner } from '../client.ts'

export type Values = Readonly<Record<string, unknown>>

/** Prisma's: something that runs when it is awaited, or in a transaction that it is given. */
export interface Deferred<TValue = unknown> extends PromiseLike<TValue> {
  readonly [Symbol.toStringTag]: string
  requestTransaction?(transaction: PrismaTransaction): PromiseLike<TValue>
  /** What it is to do; undefined for raw SQL. */
  readonly spec?: { readonly model?: string; readonly action?: string; readonly args?: unknown } | undefined
}

/** An interactive transaction, by the name that Prisma gives it. */
export interface Interactive {
  readonly kind: 'itx'
  readonly id: string
}

export type PrismaTransaction = Interactive | { readonly kind: 'batch' }

export interface CallInternals {
  readonly transaction?: PrismaTransaction | undefined
  readonly action: string
  /** Of `update().lines()`: where in the result the value is that the caller gets. */
  readonly dataPath: readonly string[]
  /** As the last extension gave them. */
  readonly args?: unknown
}

/** What a query extension is called with. */
export interface QueryCall {
  readonly model?: string | undefined
  readonly operation: string
  readonly args: unknown
  readonly query: (args: unknown, internals?: CallInternals) => Deferred
  readonly __internalParams?: CallInternals
}

/** A model's member of a client. */
export interface ModelMember {
  findMany(query: Values): Deferred<readonly Values[]>
  findUnique(query: Values): Deferred<Values | null>
}

/** What is used of a generated client, or of an extended one. */
export interface ExtensibleClient {
  readonly $parent?: ExtensibleClient
  readonly $transaction: (input: unknown, options?: unknown) => Promise<unknown>
  readonly $extends: (extension: Values) => unknown
  readonly $queryRaw: (query: TemplateStringsArray, ...values: unknown[]) => Deferred
  readonly $executeRaw: (query: TemplateStringsArray, ...values: unknown[]) => Deferred<number>
  /** No public name has the schema that the client was generated from. */
  readonly _engineConfig?: { readonly inlineSchema?: string }
  readonly _createPrismaPromise?: (run: (transaction?: PrismaTransaction) => Promise<unknown>) => Deferred
}

/** The client before all extensions: what others hide or change it doesn't. */
export const rootOf = (client: ExtensibleClient): ExtensibleClient => {
  const { $parent: parent } = client
  return parent === undefined || parent === client ? client : rootOf(parent)
}

/** One interactive transaction, whoever began it. */
export interface Session extends SqlRunner {
  readonly transaction: Interactive
  readonly run: <TValue>(deferred: Deferred<TValue>) => PromiseLike<TValue>
  readonly member: (delegate: string) => ModelMember
}

export const sessionIn = (root: ExtensibleClient, transaction: Interactive): Session => {
  const run = <TValue>(deferred: Deferred<TValue>): PromiseLike<TValue> => {
    if (deferred.requestTransaction === undefined) throw unknownPrisma()
    return deferred.requestTransaction(transaction)
  }
  return {
    transaction,
    run,
    member: (delegate) => (root as unknown as Readonly<Record<string, ModelMember>>)[delegate] as ModelMember,
    $queryRaw: <TRow>(texts: TemplateStringsArray, ...values: unknown[]) =>
      run(root.$queryRaw(texts, ...values)) as PromiseLike<TRow>,
    $executeRaw: (texts, ...values) => run(root.$executeRaw(texts, ...values)),
  }
}

/** Which transaction the client of an interactive one belongs to. */
export const transactionOf = (client: ExtensibleClient): Interactive => {
  let found: PrismaTransaction | undefined
  const asked = client._createPrismaPromise?.((transaction) => {
    found = transaction
    return Promise.resolve()
  })
  // It is asked when it is awaited, and at once.
  void asked?.then(() => undefined)
  if (found?.kind !== 'itx') throw unknownPrisma()
  return found
}

export const unknownPrisma = (): SyncError =>
  new SyncError(
    'MISCONFIGURED',
    'syncExtension needs a client of Prisma 7 whose transactions it can join: use installTriggers with this one.',
    { option: 'models' },
  )
