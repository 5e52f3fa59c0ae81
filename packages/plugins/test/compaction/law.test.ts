import {
  array,
  assert as assertProperty,
  asyncProperty,
  constantFrom,
  integer,
  oneof,
  record,
  subarray,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCompactionWorld, subjects, undecided, type Deed, type Step, type Subject } from './world.ts'

const deeds = oneof(
  { weight: 2, arbitrary: constantFrom<Deed>({ kind: 'create' }) },
  {
    weight: 8,
    arbitrary: subarray(['title', 'text', 'done', 'note'] as const, { minLength: 1, maxLength: 3 }).map(
      (fields): Deed => ({ kind: 'update', fields }),
    ),
  },
  {
    weight: 6,
    arbitrary: record({
      field: constantFrom(
        'votes' as const,
        'tags' as const,
        'untag' as const,
        'settings' as const,
        'form' as const,
      ),
      member: integer({ min: 0, max: 5 }),
    }).map((given): Deed => ({ kind: 'typed', ...given })),
  },
  { weight: 4, arbitrary: constantFrom<Deed>({ kind: 'append' }) },
  {
    weight: 1,
    arbitrary: constantFrom<Deed>({ kind: 'shout' }, { kind: 'delete' }, { kind: 'transaction' }),
  },
)

const stepsOf = (who: 'mine' | 'theirs', maxLength: number, minLength = 0) =>
  array(record({ record: integer({ min: 0, max: 3 }), deed: deeds, ms: integer({ min: 5, max: 60 }) }), {
    minLength,
    maxLength,
    size: 'max',
  }).map((steps) => steps.map((step): Step => ({ who, ...step })))

interface Plan {
  readonly before: readonly Step[]
  readonly mine: readonly Step[]
  readonly theirs: readonly Step[]
  /** How theirs are mixed among mine. */
  readonly order: readonly number[]
}

const plans = record({
  before: stepsOf('theirs', 4),
  mine: stepsOf('mine', 40, 10),
  theirs: stepsOf('theirs', 8),
  order: array(integer({ min: 0, max: 25 }), { minLength: 8, maxLength: 8 }),
})

const mixed = ({ mine, theirs, order }: Plan): readonly Step[] => {
  const steps: Step[] = [...mine]
  theirs.forEach((step, index) => steps.splice(Math.min(order[index] ?? 0, steps.length), 0, step))
  return steps
}

interface Ending {
  readonly rows: readonly unknown[]
  readonly mine: readonly unknown[]
  readonly theirs: readonly unknown[]
  readonly conflicts: readonly unknown[]
  readonly letters: readonly string[]
  readonly shown: readonly (readonly unknown[])[]
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

const folded = { operations: 0, kinds: new Set<string>() }

/** Records 0 to 2 are there at first, 3 is not. */
const play = async (subject: Subject, plan: Plan, isCompacting: boolean): Promise<Ending> => {
  await using world = await openCompactionWorld(isCompacting ? { putAfter: 2 } : undefined)
  const { mine, theirs } = world
  const records = mine.client.collections[subject]
  const all = async (device: typeof mine): Promise<readonly unknown[]> =>
    device.client.collections[subject].find({ orderBy: { id: 'asc' } })
  for (const number of [0, 1, 2]) await theirs.do(subject, number, { kind: 'create' }, 'first')
  for (const [index, { record: number, deed, ms }] of plan.before.entries()) {
    world.pass(ms)
    await theirs.do(subject, number, deed, `early ${index}`)
  }
  await theirs.sync()
  await mine.sync()
  for (const [index, { who, record: number, deed, ms }] of mixed(plan).entries()) {
    world.pass(ms)
    // The exception: of two creations of one id one may be judged as a whole.
    if (who === 'theirs' && deed.kind === 'create') continue
    await (who === 'mine' ? mine : theirs).do(subject, number, deed, `${who} ${index}`)
    if (who === 'theirs') await theirs.sync()
  }
  world.pass(100)
  const shown = [await all(mine)]
  const before = (await mine.client.operations.list()).length
  if (isCompacting) {
    const problems: unknown[] = []
    mine.client.events$.subscribe((event) => {
      if (event.type === 'problem') problems.push(event.error)
    })
    const count = await mine.client.plugins.compaction.compact('team-1')
    folded.operations += count
    const operations = await mine.client.operations.list()
    expect(operations).toHaveLength(before)
    for (const { type, status } of undecided(operations)) if (status === 'PENDING') folded.kinds.add(type)
    expect(await all(mine)).toEqual(shown[0])
    expect(problems).toEqual([])
    // Whatever was folded can be followed to an operation that stands.
    for (const { fate, localSeq } of operations) {
      if (fate.kind !== 'superseded') continue
      const by = operations.find(({ id }) => id === fate.by)
      expect(by?.localSeq).toBeGreaterThan(localSeq)
    }
  }
  await mine.sync()
  await theirs.sync()
  expect(undecided(await mine.client.operations.list())).toEqual([])
  const conflicts = await mine.client.conflicts.list()
  const letters = await mine.client.deadLetters.list()
  return {
    rows: await world.rows(subject),
    mine: await all(mine),
    theirs: await all(theirs),
    conflicts: conflicts
      .map(({ recordId, fields, mine: own, theirs: other }) => ({
        recordId,
        // What was changed and changed back is asked about too, where it was not folded; beside a deletion nobody can tell.
        fields:
          own === undefined || other === undefined
            ? []
            : fields.filter((field) => !same(own[field], other[field])),
        own,
        other,
      }))
      .filter(({ fields, own, other }) => fields.length > 0 || own === undefined || other === undefined)
      .toSorted((left, right) => (left.recordId < right.recordId ? -1 : 1)),
    letters: [
      ...new Set(
        letters.map(
          ({ recordId, fate }) => `${recordId} ${fate.kind === 'rejected' ? fate.code : fate.kind}`,
        ),
      ),
    ].toSorted(),
    shown: [...shown, await records.find({ orderBy: { id: 'asc' } })],
  }
}

const runs = Number(process.env['COMPACTION_RUNS'] ?? 60)

describe('[CP1] the law: what the server and all devices have in the end does not depend on compaction', () => {
  test.each(subjects)('%s', { timeout: 60_000 + 500 * runs }, async (subject) => {
    await assertProperty(
      asyncProperty(plans, async (plan) => {
        const plain = await play(subject, plan, false)
        const compacted = await play(subject, plan, true)
        expect(compacted).toEqual(plain)
      }),
      { numRuns: runs },
    )
  })

  test('and something was folded', () => {
    expect(folded.operations).toBeGreaterThan(20 * runs)
    expect([...folded.kinds]).toContain('put')
  })
})
