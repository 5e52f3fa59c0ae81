import { SyncError } from '@holdfast/core'
import { BehaviorSubject, Observable, type Subscriber } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { liveStreams } from '../../src/client/live/live-streams.ts'
import type { LiveInput } from '../../src/protocol/live.ts'
import type { LiveNews } from '../../src/transport/live-news.ts'
import { manualEnvironment } from '../support/manual-environment.ts'

interface Opened {
  readonly input: LiveInput
  readonly server: Subscriber<LiveNews>
  isClosed: boolean
}

/** Streams whose server end is in the test's hand. */
const world = (scopes: readonly string[] = ['team-1'], readClientId = async (): Promise<string> => 'c-1') => {
  const environment = manualEnvironment()
  const opened: Opened[] = []
  const failures: string[] = []
  const heard: LiveNews[] = []
  const scopes$ = new BehaviorSubject(scopes)
  const open$ = (input: LiveInput): Observable<LiveNews> =>
    new Observable((server) => {
      const one: Opened = { input, server, isClosed: false }
      opened.push(one)
      return () => {
        one.isClosed = true
      }
    })
  const subscription = liveStreams(
    {
      open$,
      readClientId,
      environment,
      retry: { base: 1_000, cap: 60_000 },
      onFailed: (_, error) => failures.push(error.code),
    },
    scopes$,
  ).subscribe((news) => heard.push(news))
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const advance = async (ms: number): Promise<void> => {
    environment.advance(ms)
    await settle()
  }
  const last = (): Opened => {
    const one = opened.at(-1)
    if (one === undefined) throw new Error('No stream was opened.')
    return one
  }
  return { environment, opened, failures, heard, scopes$, subscription, settle, advance, last }
}

const broken = (): SyncError => new SyncError('NETWORK_UNREACHABLE', 'cut', { reason: 'cut' })

describe('[LC1] a stream that ends is opened again', () => {
  test('after a wait that grows with each failure, and is drawn from the whole of it', async () => {
    const { advance, settle, last, opened, environment, failures } = world()
    environment.jitter = 0.5
    await settle()
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      last().server.error(broken())
      const before = opened.length
      await advance(wait - 1)
      expect(opened).toHaveLength(before)
      await advance(1)
      expect(opened).toHaveLength(before + 1)
    }
    expect(failures).toHaveLength(8)
  })

  test('soon, where it had lasted', async () => {
    const { advance, settle, last, opened } = world()
    await settle()
    for (let round = 0; round < 4; round += 1) {
      await advance(10_000)
      last().server.complete()
      await advance(500)
    }
    expect(opened).toHaveLength(5)
  })

  test('not before the server said', async () => {
    const { advance, settle, last, opened } = world()
    await settle()
    last().server.next({ kind: 'end', retryAfterMs: 25_000 })
    last().server.complete()
    await advance(24_999)
    expect(opened).toHaveLength(1)
    await advance(1)
    expect(opened).toHaveLength(2)
    last().server.error(new SyncError('RATE_LIMITED', 'full', { retryAfterMs: 40_000 }))
    await advance(40_000)
    expect(opened).toHaveLength(2)
    await advance(1_000)
    expect(opened).toHaveLength(3)
  })
})

test('[LC2] one that says nothing for two and a half heartbeats is dead', async () => {
  const { advance, settle, last, opened, failures } = world()
  await settle()
  last().server.next({ kind: 'open', beatMs: 20_000 })
  await advance(49_999)
  last().server.next({ kind: 'beat' })
  await advance(49_999)
  expect(last().isClosed).toBe(false)
  const [first] = opened
  await advance(1)
  expect(first?.isClosed).toBe(true)
  expect(failures).toEqual(['NETWORK_UNREACHABLE'])
  await advance(500)
  expect(opened).toHaveLength(2)
})

test('[LC3] it follows the scopes that are synced: another list is another stream, the same list none', async () => {
  const { scopes$, settle, opened, advance } = world(['b', 'a'])
  await settle()
  scopes$.next(['a', 'b'])
  await settle()
  expect(opened.map(({ input }) => input.scopes)).toEqual([['a', 'b']])
  scopes$.next(['a'])
  await settle()
  expect(opened.map(({ input, isClosed }) => [input.scopes, isClosed])).toEqual([
    [['a', 'b'], true],
    [['a'], false],
  ])
  scopes$.next([])
  await settle()
  await advance(100_000)
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true])
})

test('[LC4] many scopes take several streams, of 64 each', async () => {
  const names = Array.from({ length: 130 }, (_, index) => `s-${String(index).padStart(3, '0')}`)
  const { settle, opened, heard } = world(names)
  await settle()
  expect(opened.map(({ input }) => input.scopes.length)).toEqual([64, 64, 2])
  expect(opened.flatMap(({ input }) => input.scopes)).toEqual(names)
  opened[2]?.server.next({ kind: 'hint', scope: 's-129', head: 3 })
  expect(heard).toEqual([{ kind: 'hint', scope: 's-129', head: 3 }])
})

test('[LC4] and more where their names are long: they travel in a URL, and servers take 8 kB of it', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `${'\u00e9'.repeat(60)}-${index}`)
  const { settle, opened } = world(names)
  await settle()
  expect(opened.flatMap(({ input }) => input.scopes)).toEqual(names.toSorted())
  for (const { input } of opened) expect(encodeURIComponent(JSON.stringify(input)).length).toBeLessThan(6_000)
  expect(opened.length).toBeLessThan(6)
})

test('[LC5] when nobody listens any more, nothing is left: no stream, no timer', async () => {
  const { settle, last, subscription, environment, advance, opened } = world()
  await settle()
  last().server.next({ kind: 'open', beatMs: 20_000 })
  subscription.unsubscribe()
  expect(last().isClosed).toBe(true)
  expect(environment.waits()).toEqual([])
  await advance(1_000_000)
  expect(opened).toHaveLength(1)
})

test('[LC1] where the local database fails to say who asks, it is asked again', async () => {
  let fails = true
  const readClientId = async (): Promise<string> => {
    if (fails) throw new SyncError('STORAGE_LOCKED', 'busy', {})
    return 'c-1'
  }
  const { settle, advance, opened, failures } = world(undefined, readClientId)
  await settle()
  fails = false
  await advance(1_000)
  expect(opened).toHaveLength(1)
  expect(failures).toEqual(['STORAGE_LOCKED'])
})
