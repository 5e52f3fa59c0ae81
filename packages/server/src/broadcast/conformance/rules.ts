import { equal } from '../../store/conformance/assert.ts'
import type { BroadcasterPlace } from './place.ts'
import { acquaint, createEar, listen, until } from './listening.ts'

export interface BroadcasterRule {
  /** `BC1`, `BC2`, ... Never given to another rule. */
  readonly id: string
  readonly title: string
  readonly check: (place: BroadcasterPlace) => Promise<void>
}

const reaches: BroadcasterRule = {
  id: 'BC1',
  title: 'a hint comes to whoever listens, in every process, the publisher’s included',
  async check({ open }) {
    const [one, two] = [await open(), await open()]
    const ears = [listen(one), listen(one), listen(two)]
    await acquaint(one, ears)
    one.publish({ scope: 'team-1', head: 7 })
    two.publish({ scope: 'team-2', head: 8 })
    await until('all heard both', () =>
      ears.every(({ heads }) => heads.get('team-1') === 7 && heads.get('team-2') === 8),
    )
  },
}

const names: BroadcasterRule = {
  id: 'BC2',
  title: 'names of scopes are data: of any characters, 128 of them, and many at once',
  async check({ open }) {
    const [one, two] = [await open(), await open()]
    const ear = listen(two)
    await acquaint(one, [ear])
    const scopes = ['', "o'x; --", '"q"', '東京 🏯', '\n\\', 'x'.repeat(128), '🏯'.repeat(64)]
    const many = Array.from({ length: 2_000 }, (_, index) => `${'é'.repeat(100)}-${index}`)
    for (const scope of [...scopes, ...many]) one.publish({ scope, head: 5 })
    await until('each came', () => [...scopes, ...many].every((scope) => ear.heads.get(scope) === 5))
  },
}

const newest: BroadcasterRule = {
  id: 'BC3',
  title: 'of many hints about a scope the newest comes, and no head that nobody published',
  async check({ open }) {
    const [one, two] = [await open(), await open()]
    const ear = listen(two)
    await acquaint(one, [ear])
    for (let head = 1; head <= 500; head += 1) one.publish({ scope: 'team-1', head })
    await until('the newest came', () => ear.heads.get('team-1') === 500)
    const heads = ear.hints.filter(({ scope }) => scope === 'team-1').map(({ head }) => head)
    equal(
      heads.filter((head) => !(Number.isInteger(head) && head >= 1 && head <= 500)),
      [],
      'heads that nobody published',
    )
  },
}

const leaves: BroadcasterRule = {
  id: 'BC4',
  title: 'who unsubscribed hears nothing any more, and others do',
  async check({ open }) {
    const one = await open()
    const [gone, stays] = [createEar(), listen(one)]
    const unsubscribe = one.subscribe(gone)
    await acquaint(one, [gone, stays])
    unsubscribe()
    unsubscribe()
    one.publish({ scope: 'team-1', head: 1 })
    await until('the other one heard', () => stays.heads.has('team-1'))
    equal(gone.heads.has('team-1'), false, 'whether the one who left heard')
  },
}

const throws: BroadcasterRule = {
  id: 'BC5',
  title: 'a listener that throws keeps nothing from others, nor from the publisher',
  async check({ open }) {
    const one = await open()
    const fail = (): never => {
      throw new Error('a listener failed')
    }
    one.subscribe({ onHint: fail, onGap: fail, onClose: fail })
    const ear = listen(one)
    await acquaint(one, [ear])
    one.publish({ scope: 'team-1', head: 1 })
    await until('the other one heard', () => ear.heads.has('team-1'))
    await one.close()
    equal(ear.closes(), 1, 'how often it was told of the end')
  },
}

const closes: BroadcasterRule = {
  id: 'BC6',
  title: 'close tells each listener once, and afterwards nothing is said or heard; others go on',
  async check({ open }) {
    const [one, two] = [await open(), await open()]
    const [ear, other] = [listen(one), listen(two)]
    await acquaint(two, [ear, other])
    one.publish({ scope: 'last', head: 1 })
    await one.close()
    await one.close()
    equal(ear.closes(), 1, 'how often it was told of the end')
    equal(other.closes(), 0, 'how often the other one was told of the end')
    const heard = ear.hints.length
    one.publish({ scope: 'late', head: 1 })
    two.publish({ scope: 'team-1', head: 1 })
    await until('others go on, and what was published before came', () =>
      ['team-1', 'last'].every((scope) => other.heads.has(scope)),
    )
    equal(ear.hints.length, heard, 'what was heard in all')
    equal(other.heads.has('late'), false, 'whether something came of a closed one')
  },
}

const survives: BroadcasterRule = {
  id: 'BC7',
  title: 'after its connection was cut, listeners hear of the gap, and of what comes then',
  async check({ open, cut }) {
    const [one, two] = [await open(), await open()]
    const ears = [listen(one), listen(two)]
    await acquaint(one, ears)
    if (cut === undefined) return
    const gaps = ears.map((ear) => ear.gaps())
    await cut()
    one.publish({ scope: 'meanwhile', head: 1 })
    await until('all heard of the gap', () => ears.every((ear, index) => ear.gaps() > (gaps[index] ?? 0)))
    one.publish({ scope: 'after', head: 2 })
    await until('all hear again', () => ears.every(({ heads }) => heads.get('after') === 2))
  },
}

export const broadcasterRules: readonly BroadcasterRule[] = [
  reaches,
  names,
  newest,
  leaves,
  throws,
  closes,
  survives,
]
