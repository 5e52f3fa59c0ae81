import * as fc from 'fast-check'
import type { RecordData } from '../../src/model/record.ts'
import type { Step } from './todo.ts'

export const clients: readonly string[] = ['ann', 'bob', 'cyd']

const title = fc.constantFrom('a', 'b', 'c')
const note = fc.constantFrom('x', 'y', null)
const votes = fc.integer({ min: 0, max: 2 })

export const patch: fc.Arbitrary<RecordData> = fc.record(
  { title, note, done: fc.boolean(), votes },
  { requiredKeys: [] },
)

const record = fc.record({ title, note, done: fc.boolean(), votes }, { requiredKeys: ['title'] })

type Body = Pick<Step, 'type' | 'payload'>

const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: patch.map((payload): Body => ({ type: 'update', payload })) },
  { weight: 2, arbitrary: fc.constant<Body>({ type: 'delete', payload: null }) },
  { weight: 1, arbitrary: record.map((data): Body => ({ type: 'create', payload: { id: 'r1', ...data } })) },
  { weight: 1, arbitrary: title.map((name): Body => ({ type: 'rename', payload: { title: name } })) },
  { weight: 1, arbitrary: fc.constantFrom<Body>({ type: 'clearNote', payload: null }) },
  { weight: 1, arbitrary: fc.constantFrom<Body>({ type: 'finish', payload: null }) },
)

/** `base` is bounded by the number of steps before, so that no author saw the future. */
const stepsBy = (by: fc.Arbitrary<string>): fc.Arbitrary<readonly Step[]> =>
  fc
    .array(fc.tuple(by, body, fc.nat({ max: 1000 }), fc.integer({ min: 0, max: 9 })), { maxLength: 14 })
    .map((drafts) =>
      drafts.map(([client, one, base, at], index) => ({ ...one, by: client, base: base % (index + 1), at })),
    )

/** What three clients do to one record, with whatever each of them may have seen. */
export const history: fc.Arbitrary<readonly Step[]> = stepsBy(fc.constantFrom(...clients))

export const loneHistory: fc.Arbitrary<readonly Step[]> = stepsBy(fc.constant('ann'))
