import { collection, createSyncClient, defineSchema, fieldMerge, lastWriteWins, manual, manualConnectivity, optimisticVersion, operation } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { expect, test } from 'vitest'
import { localServer, scope } from './support/transports.ts'
const shape = z.object({ id: z.string(), a: z.string().default(''), b: z.string().optional(), n: z.number().default(0) })
const ops = { bump: operation({ input: z.object({ by: z.number() }), apply: (r: z.output<typeof shape>, { by }) => ({ ...r, n: r.n + by }) }) }
const schema = defineSchema({ version: '1.0.0', collections: {
  lww: collection({ fields: shape, conflict: lastWriteWins(), operations: ops }),
  merge: collection({ fields: shape, conflict: fieldMerge({ fields: { n: lastWriteWins() } }), operations: ops }),
  ask: collection({ fields: shape, conflict: fieldMerge(), deletes: 'ask', operations: ops }),
  man: collection({ fields: shape, conflict: manual(), deletes: 'deleteWins', operations: ops }),
  opt: collection({ fields: shape, conflict: optimisticVersion(), operations: ops }),
} })
const rng = (seed: number) => () => { seed = (seed * 1664525 + 1013904223) >>> 0; return seed / 2 ** 32 }
const run = async (seed: number): Promise<string | undefined> => {
  const r = rng(seed); const pick = <T,>(l: readonly T[]): T => l[Math.floor(r() * l.length)] as T
  const server = localServer({ schema })
  const open = async (i: number) => {
    const connectivity = manualConnectivity(false)
    let lose = 0
    const t = server(`u${i}`)
    const client = await createSyncClient({ schema, user: 'x', storage: memoryStorage(), connectivity, scopes: [scope], retry: { base: 1, cap: 1 }, batch: { operations: 1 + Math.floor(r() * 5) },
      transport: { ...t, push: async (input, o) => { if (r() < 0.1) throw new Error('lost request'); const answer = await t.push(input, o); if (r() < 0.15) { lose++; const { SyncError } = await import('@holdfast/core'); throw new SyncError('NETWORK_UNREACHABLE', 'lost answer', {}) } return answer } } })
    return { client, connectivity }
  }
  const devices = await Promise.all([0, 1, 2].map(open))
  const sync = async (d: typeof devices[number]) => { for (let i = 0; i < 60; i++) { const s = await d.client.syncNow(); if (s.status === 'synced') return; if (s.status === 'blocked') { if (/lost request/.test(s.error.message)) continue; return s.error.message } } return 'never synced' }
  const answerAll = async (d: typeof devices[number]) => { for (const c of await d.client.conflicts.list()) { const how = pick(['mine', 'theirs', { patch: { a: `p${Math.floor(r() * 9)}` } }] as const); try { await d.client.conflicts.resolve(c.id, how) } catch (e) { if (!/already|after the next sync|exists/.test(String(e))) throw e } } }
  for (let step = 0; step < 60; step++) {
    const d = pick(devices); const c = d.client.collections[pick(['lww', 'merge', 'ask', 'man', 'opt'] as const)]; const id = pick(['x', 'y'])
    const x = r()
    try {
      if (x < 0.15) await c.create({ id, a: `c${step}` })
      else if (x < 0.35) await c.update(id, { a: `a${step}` })
      else if (x < 0.45) await c.update(id, { b: `b${step}`, n: step })
      else if (x < 0.55) await c.run.bump(id, { by: 1 })
      else if (x < 0.65) await c.delete(id)
      else if (x < 0.9) { const e = await sync(d); if (e) return `${e} (step ${step})` }
      else await answerAll(d)
    } catch (e) { if (!['NOT_FOUND', 'INVALID'].includes((e as { code: string }).code)) throw e }
  }
  for (let round = 0; round < 12; round++) for (const d of devices) { const e = await sync(d); if (e) return e; await answerAll(d); const f = await sync(d); if (f) return f }
  for (let round = 0; round < 3; round++) for (const d of devices) { const e = await sync(d); if (e) return e }
  const open2 = (await Promise.all(devices.map((d) => d.client.conflicts.list()))).flat().length
  if (open2 > 0) return `open conflicts ${open2}`
  const views = await Promise.all(devices.map(async (d) => JSON.stringify(await Promise.all(Object.values(d.client.collections).map((c) => c.find({ orderBy: { id: 'asc' } }))))))
  const norm = views.map((v) => JSON.stringify(JSON.parse(v, (_k, x: unknown) => x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort()) : x)))
  if (new Set(norm).size > 1) return `diverged\n${norm.join('\n')}`
  for (const d of devices) { const un = (await d.client.operations.list()).filter((o) => !['applied', 'superseded', 'rejected'].includes(o.fate.kind)); if (un.length) return `undecided ${JSON.stringify(un.map((o) => o.fate))}`; await d.client.close() }
  return undefined
}
test('fuzz', { timeout: 300_000 }, async () => {
  const bad: string[] = []
  const first = Number(process.env['SEED'] ?? 1)
  for (let seed = first; seed < first + Number(process.env['N'] ?? 150); seed++) { let out: string | undefined; try { out = await run(seed) } catch (e) { out = `threw ${String(e)} ${(e as Error).stack}` } if (out) bad.push(`seed ${seed}: ${out}`) }
  console.log(bad.length, bad.slice(0, 4).join('\n'))
  expect(bad).toEqual([])
})
