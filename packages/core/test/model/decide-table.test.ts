import { expect, test } from 'vitest'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins, serverWins } from '../../src/model/strategies/last-write-wins.ts'
import { manual, optimisticVersion } from '../../src/model/strategies/manual.ts'
import { create, judge, lastOf, remove, run, todos, update, visible, type Step } from './todo.ts'

const start = create('ann', { title: 'a', note: 'x' })
const row = { id: 'r1', title: 'a', note: 'x', done: false, votes: 0 }
const ask = todos(manual())
const lww = todos(lastWriteWins())

const applied = (version: number) => ({ kind: 'applied', version })
const merged = (version: number, ...lost: readonly string[]) => ({ kind: 'merged', version, lost })
const conflict = (...fields: readonly string[]) =>
  expect.objectContaining({ kind: 'conflict', fields }) as unknown
const rejected = (code: string) => expect.objectContaining({ kind: 'rejected', code }) as unknown

test.each<[string, ReturnType<typeof todos>, readonly Step[], unknown, unknown]>([
  ['a create', ask, [start], applied(1), row],
  ['[MD2] own edits', ask, [start, update('ann', 0, { title: 'b' })], applied(2), { ...row, title: 'b' }],
  [
    'an edit of what was seen',
    ask,
    [start, update('bob', 1, { title: 'b' })],
    applied(2),
    { ...row, title: 'b' },
  ],
  [
    '[MD5] disjoint fields merge',
    ask,
    [start, update('ann', 1, { title: 'b' }), update('bob', 1, { done: true })],
    merged(3),
    { ...row, title: 'b', done: true },
  ],
  [
    '[MD1] the same field, unseen',
    ask,
    [start, update('ann', 1, { title: 'b' }), update('bob', 1, { title: 'c', done: true })],
    conflict('title'),
    { ...row, title: 'b' },
  ],
  [
    "[MD3] a stranger's edit below own edits is seen",
    lww,
    [
      start,
      update('ann', 1, { title: 'b' }, 5),
      update('bob', 1, { title: 'c' }, 9),
      update('ann', 1, { title: 'd' }, 8),
    ],
    merged(4, 'title'),
    { ...row, title: 'c' },
  ],
  [
    '[MD4] equal values',
    ask,
    [start, update('ann', 1, { title: 'b' }), update('bob', 1, { title: 'b' })],
    merged(3),
    { ...row, title: 'b' },
  ],
  [
    '[MD6] what a named operation reads counts',
    ask,
    [start, update('ann', 1, { votes: 1 }), run('bob', 1, 'finish')],
    conflict('votes'),
    { ...row, votes: 1 },
  ],
  [
    '[MD6] what it does not read does not',
    ask,
    [start, update('ann', 1, { title: 'b' }), run('bob', 1, 'finish')],
    merged(3),
    { ...row, title: 'b', done: true },
  ],
  [
    '[MD11] own create again',
    ask,
    [start, create('ann', { title: 'z' })],
    applied(2),
    { ...row, title: 'z', note: undefined },
  ],
  ["[MD11] a stranger's create", ask, [start, create('bob', { title: 'z' })], conflict('note', 'title'), row],
  [
    '[MD12] create after own deletion',
    ask,
    [start, remove('ann', 1), create('ann', { title: 'z' }, 1)],
    applied(3),
    { ...row, title: 'z', note: undefined },
  ],
  [
    '[MD12] create after a seen deletion',
    ask,
    [start, remove('bob', 1), create('ann', { title: 'a', note: 'x' }, 2)],
    applied(3),
    row,
  ],
  [
    '[MD13] an edit revives',
    lww,
    [start, remove('ann', 1), update('bob', 1, { title: 'b' })],
    merged(3),
    { ...row, title: 'b' },
  ],
  [
    '[MD13] a deletion loses against an edit',
    lww,
    [start, update('bob', 1, { title: 'b' }), remove('ann', 1)],
    merged(3, '$deleted'),
    { ...row, title: 'b' },
  ],
  [
    '[MD14] deleteWins, deleted first',
    todos(lastWriteWins(), 'deleteWins'),
    [start, remove('ann', 1), update('bob', 1, { title: 'b' })],
    merged(3, 'title'),
    undefined,
  ],
  [
    '[MD14] deleteWins, edited first',
    todos(lastWriteWins(), 'deleteWins'),
    [start, update('bob', 1, { title: 'b' }), remove('ann', 1)],
    merged(3),
    undefined,
  ],
  [
    '[MD15] ask, deleted first',
    todos(lastWriteWins(), 'ask'),
    [start, remove('ann', 1), update('bob', 1, { title: 'b' })],
    conflict('$deleted'),
    undefined,
  ],
  [
    '[MD15] ask, edited first',
    todos(lastWriteWins(), 'ask'),
    [start, update('bob', 1, { title: 'b' }), remove('ann', 1)],
    conflict('$deleted'),
    { ...row, title: 'b' },
  ],
  ['[MD16] an edit of nothing', ask, [update('ann', 0, { title: 'b' })], rejected('DEPENDENCY'), undefined],
  ['[MD16] a deletion of nothing', ask, [remove('ann', 0)], rejected('DEPENDENCY'), undefined],
  [
    '[MD16] an edit after a seen deletion',
    lww,
    [start, remove('ann', 1), update('bob', 2, { title: 'b' })],
    rejected('DEPENDENCY'),
    undefined,
  ],
  [
    '[MD16] an edit after own deletion',
    lww,
    [start, remove('ann', 1), update('ann', 1, { title: 'b' })],
    rejected('DEPENDENCY'),
    undefined,
  ],
  ['[MD16] a second deletion', ask, [start, remove('ann', 1), remove('bob', 1)], merged(3), undefined],
  [
    '[MD17] the server keeps the disputed field, the rest is applied',
    todos(serverWins()),
    [start, update('ann', 1, { title: 'b' }), update('bob', 1, { title: 'c', done: true })],
    merged(3, 'title'),
    { ...row, title: 'b', done: true },
  ],
  [
    '[MD17] null can win',
    lww,
    [start, update('ann', 1, { note: 'y' }, 1), update('bob', 1, { note: null }, 2)],
    merged(3),
    { ...row, note: null },
  ],
  [
    '[MD17] a removal can win',
    lww,
    [start, update('ann', 1, { note: 'y' }, -1), run('bob', 1, 'clearNote')],
    merged(3),
    { ...row, note: undefined },
  ],
  [
    '[MD19] the later write wins',
    lww,
    [start, update('ann', 1, { title: 'b' }, 9), update('bob', 1, { title: 'c' }, 8)],
    merged(3, 'title'),
    { ...row, title: 'b' },
  ],
  [
    '[MD19] equal times go to the greater client id',
    lww,
    [start, update('ann', 1, { title: 'b' }, 9), update('bob', 1, { title: 'c' }, 9)],
    merged(3),
    { ...row, title: 'c' },
  ],
  [
    '[MD19] own edits at one clamped time count in order',
    lww,
    [
      start,
      update('bob', 1, { title: 'x' }, 1),
      update('ann', 1, { title: 'b' }, 9),
      update('ann', 1, { title: 'c' }, 9),
    ],
    merged(4),
    { ...row, title: 'c' },
  ],
  [
    '[MD20] one field asks for all',
    todos(fieldMerge({ fields: { done: lastWriteWins() } })),
    [
      start,
      update('ann', 1, { title: 'b', done: true }, 1),
      update('bob', 1, { title: 'c', done: false, votes: 1 }, 2),
    ],
    conflict('title'),
    { ...row, title: 'b', done: true },
  ],
  [
    '[MD20] each field by its own strategy',
    todos(fieldMerge({ onOverlap: serverWins(), fields: { note: lastWriteWins() } })),
    [
      start,
      update('ann', 1, { title: 'b', note: 'y' }, 1),
      update('bob', 1, { title: 'c', note: null, votes: 1 }, 2),
    ],
    merged(3, 'title'),
    { ...row, title: 'b', note: null, votes: 1 },
  ],
  [
    '[MD21] any unseen change asks',
    todos(optimisticVersion()),
    [start, update('ann', 1, { title: 'b' }), update('bob', 1, { done: true, votes: 1 })],
    conflict('done', 'votes'),
    { ...row, title: 'b' },
  ],
  [
    '[MD21] also about a deletion',
    todos(optimisticVersion()),
    [start, update('ann', 1, { title: 'b' }), remove('bob', 1)],
    conflict('$deleted'),
    { ...row, title: 'b' },
  ],
])('%s', (_, definition, steps, verdict, record) => {
  const judged = judge(definition, steps)
  expect(lastOf(judged)).toEqual(verdict)
  expect(visible(judged.row)).toEqual(record)
})
