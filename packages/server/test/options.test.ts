import { expect, test } from 'vitest'
import { allowAll, createSyncHandlers } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { schema, secret, silent, type Caller } from './support/world.ts'

const given = {
  schema,
  store: memoryServerStore(),
  scopes: () => ['team-1'],
  authorize: allowAll,
  tokenSecrets: [secret],
  logger: silent,
}

const start = (more: object) => () => createSyncHandlers<Caller, undefined>({ ...given, ...more })

test.each<[string, object, string]>([
  ['is misspelt', { serverOnyl: { invoices: ['cost'] } }, 'serverOnyl'],
  ['belongs to another entry', { authenticate: () => undefined }, 'authenticate'],
  ['is a limit that there is none of', { limits: { pageSize: 3 } }, 'limits.pageSize'],
  ['is a Prisma client in place of a store', { store: { $queryRaw: () => undefined } }, 'store'],
  ['is a limiter that limits nothing', { rates: 'off' }, 'rates'],
  ['has a value that there is none of', { revocation: 'delete' }, 'revocation'],
  ['has a value that there is none of', { conflictData: 'all' }, 'conflictData'],
])('[OP01] [OP02] an option of the server that %s stops its start', (_, more, option) => {
  expect(start(more)).toThrow(
    expect.objectContaining({ name: 'SyncError', code: 'MISCONFIGURED', details: { option } }),
  )
})

test('[OP02] options that are undefined are not given', () => {
  expect(
    start({ rates: undefined, limits: undefined, revocation: undefined, audit: undefined }),
  ).not.toThrow()
})
