import type { Portable } from '@holdfast/core'
import { encodePortable } from '@holdfast/core/protocol'
import { leaseId, singleWriter } from '@holdfast/plugins/single-writer'
import { expect, test } from 'vitest'
import { memoryWorld, scope, type Sketch } from '../../../server/test/support/world.ts'
import { schema, ttl } from './world.ts'

const id = leaseId(scope, 'r-1')
const free = { id, scope, record: 'r-1', holder: null, device: '', fence: 0, until: 0, grant: '' }
const forged = { ...free, holder: 'eve', device: 'eve', fence: 2, until: 9e15, grant: 'eve-op-1' }

test('[SW3] [SW10] what a hostile client sends to the halves and to the guard ends by itself, and opens nothing', async () => {
  const errors: unknown[] = []
  const world = memoryWorld({
    schema,
    plugins: [singleWriter({ ttl, collections: { reports: 'reportLeases' } })],
    logger: { error: (...given) => errors.push(given) },
  })
  const [ada, eve] = [world.client('ada', 'ada'), world.client('eve', 'eve')]
  const lease = { collection: 'reportLeases', recordId: id }
  const report = { collection: 'reports' }
  await ada.push(
    ada.operation({ ...report, type: 'create', value: { id: 'r-1', title: 'Report' } }),
    ada.operation({ ...lease, type: 'create', value: free }),
    ada.operation({ ...lease, type: 'acquire', value: { holder: 'ada', until: 0 } }),
  )
  const grant = 'ada-op-3'
  const inputs: readonly Sketch[] = [
    ...[null, {}, { holder: 'ada' }, [], 'x'].map((value) => ({
      ...lease,
      type: 'acquire',
      value,
    })),
    ...['1', -1, 1.5, null].flatMap((fence) =>
      ['renew', 'release'].map((type) => ({ ...lease, type, value: { fence } })),
    ),
    { ...lease, type: 'acquire', payload: '{"holder":"eve","until":1e300}' },
    { ...lease, type: 'renew', value: { fence: 1 } },
    { ...lease, type: 'put', value: { patch: { holder: 'eve' } } },
    { ...lease, type: 'create', value: forged },
    // Under the record's id, and of another scope.
    { ...lease, recordId: 'r-1', type: 'create', value: { ...free, id: 'r-1' } },
    { ...lease, recordId: 'x', type: 'create', value: { ...free, id: 'x', scope: 'team-2' } },
    { ...lease, type: 'delete', payload: encodePortable(null) },
    { ...lease, type: 'move', payload: encodePortable({ to: 'team-2', patch: {} }) },
  ]
  const marked = (mark: Portable): Sketch => ({
    ...report,
    value: { title: 'By Eve' },
    marks: encodePortable({ singleWriter: mark }),
  })
  const writes: readonly Sketch[] = [
    ...['{', '', 'null', '5', '[]', '{"singleWriter":null}', '{"__proto__":{}}', '['.repeat(1_000)].map(
      (marks) => ({
        ...report,
        value: { title: 'By Eve' },
        marks,
      }),
    ),
    ...[null, 1, { fence: 1 }, { fence: '1', grant }, { fence: 1, grant: [grant] }, { fence: 1, grant }].map(
      marked,
    ),
    { ...report, type: 'delete', payload: encodePortable(null) },
    { ...report, type: 'create', value: { id: 'r-1', title: 'Again' }, baseVersion: 1 },
  ]
  const good = { collection: 'reports', recordId: 'own', type: 'create', value: { id: 'own', title: 'Own' } }
  const { results } = await eve.push(...[...inputs, ...writes, good].map((sketch) => eve.operation(sketch)))

  // Of a lease that is not one's own there is nothing to give back, and a second creation changes nothing: both are applied.
  const isRefused = ({ kind }: { readonly kind: string }): boolean => kind === 'rejected' || kind === 'retry'
  const passed = results
    .slice(0, -1)
    .flatMap((result, index) => (isRefused(result) ? [] : [[...inputs, ...writes][index]]))
  expect(passed).toEqual([
    { ...lease, type: 'release', value: { fence: -1 } },
    { ...lease, type: 'release', value: { fence: 1.5 } },
    { ...lease, type: 'create', value: forged },
  ])
  expect(results.at(-1)).toMatchObject({ kind: 'applied' })
  expect(errors).toEqual([])
  expect(
    (
      await ada.push(
        ada.operation({
          ...report,
          value: { title: 'By Ada' },
          marks: encodePortable({ singleWriter: { fence: 1, grant } }),
          baseVersion: 1,
        }),
      )
    ).results,
  ).toMatchObject([{ kind: 'applied' }])
})
