import { encodePortable } from '@holdfast/core/protocol'
import { leaseId, leases, singleWriter } from '@holdfast/plugins/single-writer'
import { createSyncClient, hasCode, type SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { array, assert as assertProperty, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { schema } from './world.ts'

const ttl = 100
const plugin = singleWriter({ ttl, collections: { reports: 'reportLeases' } })
const { operations, beforeJudge, beforeApply } = plugin.server ?? {}
const halves = operations?.['reportLeases']
if (halves === undefined || beforeJudge === undefined || beforeApply === undefined)
  throw new Error('The plugin has no half.')

type Lease = ReturnType<typeof halves.acquire>
const free: Lease = {
  ...{ id: leaseId(scope, 'r'), scope, record: 'r' },
  ...{ holder: null, device: '', fence: 0, until: 0, grant: '' },
}

const refusalOf = async (run: () => unknown): Promise<SyncError<'LEASE_LOST'> | undefined> => {
  try {
    await run()
    return undefined
  } catch (error) {
    if (hasCode(error, 'LEASE_LOST')) return error
    throw error
  }
}

/** What a half makes of a lease; undefined where it is lost. */
const outcomeOf = (run: () => Lease): Lease | undefined => {
  try {
    return run()
  } catch (error) {
    if (hasCode(error, 'LEASE_LOST')) return undefined
    throw error
  }
}

const grantedTo = (
  lease: Lease,
  { user, clientId, now, operationId }: Omit<Parameters<typeof halves.acquire>[0], 'record' | 'input'>,
): Lease => ({
  ...lease,
  ...{ holder: user, device: clientId, fence: lease.fence + 1, until: now + ttl, grant: operationId },
})

const write = (lease: Lease, user: string, now: number, mark: object | undefined, clientId = 'phone') =>
  beforeJudge({
    scope,
    clientId,
    operation: {
      collection: 'reports',
      recordId: 'r',
      type: 'update',
      marks: mark === undefined ? undefined : encodePortable({ singleWriter: { ...mark } }),
    },
    before: { id: 'r' },
    userId: user,
    now,
    records: { get: async () => lease },
  })

describe('leases', () => {
  const steps = array(
    record({
      what: constantFrom('acquire' as const, 'renew' as const, 'release' as const, 'wait' as const),
      who: integer({ min: 0, max: 2 }),
      ms: integer({ min: 0, max: 60 }),
    }),
    { maxLength: 60 },
  )

  test('[SW3] [SW5] [SW6] whoever asks what and when: one holds it, numbers grow, and old ones open nothing', () => {
    const counts = { granted: 0, tooOld: 0 }
    assertProperty(
      property(steps, (given) => {
        let lease = free
        let now = 1_000
        // Two of three devices are one user's.
        const users = ['ada', 'ada', 'ben']
        const held = new Map<number, Lease>()
        for (const [index, { what, who, ms }] of given.entries()) {
          now += ms
          const own = held.get(who) ?? { ...free, fence: -1, grant: 'none' }
          const isRunning = lease.holder !== null && lease.until > now
          const isOwn = own.fence === lease.fence && lease.device === `device-${who}`
          const call = {
            record: lease,
            input: { fence: own.fence },
            user: users[who] ?? '',
            clientId: `device-${who}`,
            now,
            operationId: `op-${index}`,
          }
          const next = what === 'wait' ? lease : outcomeOf(() => halves[what](call))
          const expected: Readonly<Record<typeof what, Lease | undefined>> = {
            acquire: isRunning ? undefined : grantedTo(lease, call),
            renew: isOwn && isRunning ? { ...lease, until: Math.max(now + ttl, lease.until + 1) } : undefined,
            release: isOwn ? { ...lease, holder: null, device: '', until: 0 } : lease,
            wait: lease,
          }
          expect(next).toEqual(expected[what])
          if (what === 'acquire' && next !== undefined) {
            held.set(who, next)
            counts.granted += 1
          }
          if (next === undefined && own.fence > 0 && own.fence < lease.fence) counts.tooOld += 1
          lease = next ?? lease
        }
      }),
      { numRuns: 2_000 },
    )
    expect(counts.granted).toBeGreaterThan(100)
    expect(counts.tooOld).toBeGreaterThan(0)
  })

  test('[SW3] [SW5] a write passes under the lease as it is, before its end, and under no other', async () => {
    const lease: Lease = { ...free, holder: 'ada', device: 'phone', fence: 3, until: 1_000, grant: 'op-3' }
    const own = { fence: 3, grant: 'op-3' }
    expect(await refusalOf(() => write(lease, 'ada', 999, own))).toBeUndefined()
    const refused = async (...given: Parameters<typeof write>) =>
      (await refusalOf(() => write(...given)))?.details
    expect(await refused(lease, 'ada', 1_000, own)).toEqual({})
    expect(await refused(lease, 'ben', 999, own)).toEqual({ holder: 'ada' })
    expect(await refused(lease, 'ada', 999, { fence: 2, grant: 'op-1' })).toEqual({ holder: 'ada' })
    expect(await refused(lease, 'ada', 999, { fence: 3, grant: 'op-9' })).toEqual({ holder: 'ada' })
    expect(await refused(lease, 'ada', 999, undefined)).toEqual({ holder: 'ada' })
    // Another device of the same user, which read all of that in the feed.
    expect(await refused(lease, 'ada', 999, own, 'desk')).toEqual({ holder: 'ada' })
    // The lease of another record, whose id came to the same.
    expect(await refused({ ...lease, record: 'other' }, 'ada', 999, own)).toEqual({ holder: 'ada' })
    expect(await refused({ ...lease, holder: null }, 'ada', 999, own)).toEqual({})
  })

  test('[SW10] a lease is created free, and a second creation changes nothing', () => {
    const operation = { collection: 'reportLeases', recordId: free.id, type: 'create' }
    const apply = (before: unknown, after: unknown, type = 'create'): unknown =>
      beforeApply({ scope, operation: { ...operation, type }, before, after })
    const held = { ...free, holder: 'ada', device: 'phone', fence: 1, until: 9, grant: 'op-1' }
    expect(() => apply(undefined, free)).not.toThrow()
    expect(() => apply(held, held)).not.toThrow()
    expect(() => apply(undefined, held)).toThrow('acquired')
    expect(() => apply(undefined, { ...free, id: 'r' })).toThrow('acquired')
    expect(() => apply(undefined, { ...free, scope: 'team-2' })).toThrow('acquired')
    expect(() => apply(held, free)).toThrow('already')
    expect(() => apply(held, { ...held, until: 99 }, 'update')).toThrow('acquired')
    expect(() => apply(held, undefined, 'delete')).toThrow('acquired')
  })
})

test('[SW14] the id of a lease is an id, and another one for each scope and record', () => {
  const records = ['r', 'x'.repeat(52), 'x'.repeat(53), 'x'.repeat(64), `${'x'.repeat(63)}y`]
  const ids = ['team-1', 'team-2', '🪸'.repeat(64)].flatMap((one) => records.map((id) => leaseId(one, id)))
  expect(new Set(ids).size).toBe(15)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
})

test('options that make no sense are refused by name', () => {
  const given = { ttl, collections: { reports: 'reportLeases' } }
  expect(() => singleWriter({ ...given, ttl: 0 })).toThrow('ttl')
  expect(() => singleWriter({ ...given, ttl: Infinity })).toThrow('ttl')
  expect(() => singleWriter({ ...given, collections: {} })).toThrow('Name the collections')
  expect(() => singleWriter({ ttl, collections: { a: 'same', b: 'same' } })).toThrow('leases of its own')
  expect(Object.keys(leases().operations)).toEqual(['acquire', 'renew', 'release'])
})

test('[SW13] a schema that lacks what is guarded, or its leases, stops client and server at the start', async () => {
  const start = (collections: Readonly<Record<string, string>>): void =>
    singleWriter({ ttl, collections }).server?.start?.({ schema })
  expect(() => start({ reports: 'reportLeases' })).not.toThrow()
  expect(() => start({ report: 'reportLeases' })).toThrow('no collection "report" to guard')
  expect(() => start({ reports: 'leases' })).toThrow('no collection "leases" for the leases')
  expect(() => start({ reportLeases: 'reports' })).toThrow('keeps no leases')
  const client = createSyncClient({
    ...{ schema, user: 'ada', storage: memoryStorage(), transport: localServer({ schema })('ada') },
    scopes: [scope],
    plugins: [singleWriter({ ttl, collections: { report: 'reportLeases' } })],
  })
  await expect(client).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})
