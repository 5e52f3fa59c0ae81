import { allowAll, createSyncHandlers, createSyncRouter, type SyncOptions } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { initTRPC } from '@trpc/server'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { scope, secret, type Caller } from '../support/world.ts'
import { bankSchema, halves } from './bank.ts'

const startWith = (serverOperations: unknown): unknown =>
  createSyncHandlers<Caller, undefined>({
    schema: bankSchema,
    store: memoryServerStore(),
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: [secret],
    serverOperations: serverOperations as SyncOptions<Caller, undefined>['serverOperations'],
  })

describe('[SO15] the server refuses to start with a half for what the schema does not have', () => {
  test.each([
    ['another collection', { acounts: { debit: halves.debit } }, 'serverOperations.acounts'],
    ['another operation', { accounts: { debitt: halves.debit } }, 'serverOperations.accounts.debitt'],
    ['a built-in operation', { accounts: { update: halves.debit } }, 'serverOperations.accounts.update'],
    ['a name of JavaScript', { accounts: { toString: halves.debit } }, 'serverOperations.accounts.toString'],
    ['no function', { accounts: { debit: 'debit' } }, 'serverOperations.accounts.debit'],
  ])('%s', (_name, given, option) => {
    expect(() => startWith(given)).toThrow(
      expect.objectContaining({ code: 'MISCONFIGURED', details: { option } }),
    )
  })

  test('and starts with those that it has', () => {
    expect(startWith({ accounts: halves, receipts: {} })).toBeDefined()
    expect(startWith({ accounts: { debit: undefined } })).toBeDefined()
  })
})

test('[SO16] the types of record, input, records, tx and ctx come from schema, store and procedure', () => {
  const t = initTRPC.context<{ readonly user: { readonly id: string; readonly isClerk: boolean } }>().create()
  const store = memoryServerStore()
  createSyncRouter({
    schema: bankSchema,
    store,
    procedure: t.procedure,
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: [secret],
    serverOperations: {
      accounts: {
        async transfer({ tx, ctx, record, input, records }) {
          expectTypeOf(tx).toEqualTypeOf<undefined>()
          expectTypeOf(ctx.user.isClerk).toEqualTypeOf<boolean>()
          expectTypeOf(record.balance).toEqualTypeOf<number>()
          expectTypeOf(input).toEqualTypeOf<{ amount: number; to: string }>()
          const receipt = await records.get('receipts', 'r')
          expectTypeOf(receipt?.from).toEqualTypeOf<string | undefined>()
          // @ts-expect-error There is no such collection.
          await records.get('recipes', 'r')
          // @ts-expect-error A receipt has more fields.
          await records.put('receipts', 'r', { id: 'r' })
          return record
        },
        // @ts-expect-error A record has to come back.
        debit: ({ record }) => ({ id: record.id }),
      },
    },
  })
  createSyncRouter({
    schema: bankSchema,
    store,
    procedure: t.procedure,
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: [secret],
    serverOperations: {
      accounts: { credit: ({ record }) => record },
    },
  })
})
