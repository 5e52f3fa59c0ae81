import { appendFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverAuthor } from '@holdfast/core/protocol'
import type { Changes, OperationRow, ServerStore } from '@holdfast/server'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { databases, databaseNames } from '../../../packages/server/test/support/stores.ts'
import { create, createWorld, type TestClient } from '../../../packages/server/test/support/world.ts'
import { plantedBug } from '../../sim/planted/bugs.ts'
import { nothingPlanted, type Plants } from '../../sim/planted/plants.ts'
import { runWorld } from '../../sim/world/run-world.ts'
import { checkRun } from '../check-run.ts'
import { openJournalFile, readJournalFiles } from '../journal-file.ts'
import { createJournalMemory } from '../journal-memory.ts'
import { recordCommits } from '../record-commits.ts'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

const useFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-journal-'))
  open.push(() => rm(folder, { recursive: true }))
  return folder
}

/** A process that dies over its next write: before or after the commit. */
const dying = <TDatabase>(
  store: ServerStore<TDatabase>,
  when: 'before' | 'after',
): ServerStore<TDatabase> => ({
  ...store,
  async write(scope, run) {
    const result = await store.write(scope, async (tx) => {
      const value = await run(tx)
      if (when === 'before') throw new Error('killed')
      return value
    })
    if (when === 'after') throw new Error('killed')
    return result
  },
})

const pushSome = async (client: TestClient): Promise<void> => {
  await client.push(create(client, `${client.clientId}-1`, { title: 'one' }))
  await client.push(
    client.operation({ recordId: `${client.clientId}-1`, value: { done: true }, baseVersion: 1 }),
    client.operation({ recordId: 'nowhere', value: { done: true } }),
    create(client, 'shared', { title: client.clientId }),
  )
}

test.each(databaseNames)(
  'on %s, the journal of killed processes tells what was committed, and that no promise is broken',
  { timeout: 60_000 },
  async (name) => {
    const database = await databases[name]()
    open.push(database.close)
    const folder = await useFolder()
    const paths: string[] = []
    /** Another process over the database, with a journal of its own. */
    const startProcess = (store: ServerStore) => {
      const path = join(folder, `process-${paths.length}`)
      paths.push(path)
      const file = openJournalFile(path)
      open.push(async () => file[Symbol.dispose]())
      return createWorld(recordCommits(store, file))
    }

    const first = startProcess(database.store)
    const second = startProcess(database.another().store)
    await Promise.all([
      ...['a', 'b', 'c'].map((id) => pushSome(first.client(id))),
      ...['d', 'e'].map((id) => pushSome(second.client(id))),
    ])

    const f = first.client('f')
    const lost = create(f, 'f-1', { title: 'lost' })
    await startProcess(dying(database.store, 'before')).client('f').pushRaw([lost])
    await startProcess(dying(database.store, 'after')).client('f').pushRaw([lost])
    expect(await f.push(lost)).toMatchObject({ results: [{ kind: 'duplicate' }] })
    // The last one died over a line.
    appendFileSync(paths.at(-1) ?? '', '{"kind":"att')

    const { findings, untold, operations } = await checkRun(readJournalFiles(paths), database.store)
    expect(findings).toEqual([])
    expect(untold).toBeGreaterThanOrEqual(2)
    expect(operations).toBe(5 * 4 + 1)
  },
)

/** A seeded world of the simulation, with its crashes, and what the general check says of its journal. */
const checkWorld = async (seed: number, plants: Plants = nothingPlanted) => {
  const sink = createJournalMemory()
  const stores: ServerStore<undefined>[] = []
  const recorded: Plants = {
    ...plants,
    store(store) {
      stores.push(store)
      return plants.store(recordCommits(store, sink))
    },
  }
  // A journal is of one history: a server that is put back begins another one.
  await runWorld(seed, recorded, { restores: false })
  const last = stores.at(-1)
  if (last === undefined) throw new Error('A world has a server.')
  return checkRun(sink.told(), last)
}

test('the journals of seeded worlds show no promise broken', { timeout: 60_000 }, async () => {
  let untold = 0
  for (let seed = 1; seed <= 20; seed += 1) {
    const check = await checkWorld(seed)
    expect(check.findings, `seed ${seed}`).toEqual([])
    untold += check.untold
  }
  expect(untold).toBeGreaterThan(0)
})

test('an operation that is decided twice is found in the journal', { timeout: 60_000 }, async () => {
  const { plants } = plantedBug('the server decides an operation twice')
  const found = new Set<string>()
  for (let seed = 1; seed <= 20 && !found.has('exactly once'); seed += 1) {
    const { findings } = await checkWorld(seed, plants())
    for (const { promise } of findings) found.add(promise)
  }
  expect([...found]).toContain('exactly once')
})

describe('what a database lost or made up is found', () => {
  const runSome = async () => {
    const state = createMemoryServerState()
    const store = memoryServerStore({ state })
    const sink = createJournalMemory()
    const world = createWorld(recordCommits(store, sink))
    for (const id of ['a', 'b']) await pushSome(world.client(id))
    const told = sink.told()
    expect((await checkRun(told, store)).findings).toEqual([])
    return { state, store, told, world }
  }
  const promisesOf = async (...run: Parameters<typeof checkRun>): Promise<readonly string[]> => [
    ...new Set((await checkRun(...run)).findings.map(({ promise }) => promise)),
  ]

  test('commits that are gone', async () => {
    const { state, told, world } = await runSome()
    const backup = copyMemoryServerState(state)
    await pushSome(world.client('c'))
    expect(await promisesOf(told, memoryServerStore({ state: backup }))).toContain('durable')
  })

  test('a commit that nobody told of', async () => {
    const { store, told } = await runSome()
    const attempts = told.attempts.filter((_attempt, index) => index !== 1)
    expect(await promisesOf({ ...told, attempts }, store)).toContain('dense')
  })

  test('a record that changed although neither an operation nor the server’s own code did it', async () => {
    const { store, told } = await runSome()
    const rows = told.attempts.flatMap(({ parts }) =>
      parts.flatMap(({ saved }) => saved.flatMap((one) => one.rows)),
    )
    const other = rows.findLast(({ id }) => id === 'a-1')
    if (other === undefined) throw new Error('There is such a record.')
    /** The last commit raises the head by one more, for that record. */
    const withMore = (clientId: string): typeof told => {
      const more = (changes: Changes): Changes => {
        if (changes.head === undefined) return changes
        const head = changes.head.head + 1
        const version = other.version + 1
        const by = { version, clientId, userId: 'u', otherVersion: 0, timestamp: 0, seq: head }
        const row = { ...other, version, seq: head, fieldVersions: { ...other.fieldVersions, done: by } }
        return { ...changes, head: { ...changes.head, head }, rows: [...changes.rows, row] }
      }
      const last = told.attempts.length - 1
      const attempts = told.attempts.map((attempt, index) =>
        index === last
          ? { ...attempt, parts: attempt.parts.map((part) => ({ ...part, saved: part.saved.map(more) })) }
          : attempt,
      )
      return { ...told, attempts }
    }
    const messagesOf = async (clientId: string): Promise<readonly string[]> => {
      const { findings } = await checkRun(withMore(clientId), store)
      return findings.filter(({ promise }) => promise === 'exactly once').map(({ message }) => message)
    }
    expect((await messagesOf('a')).join()).toContain('neither an operation nor the server')
    expect(await messagesOf(serverAuthor)).toEqual([])
  })

  test('an operation that was applied after a later one of its record', async () => {
    const { store, told } = await runSome()
    const swap = (row: OperationRow): OperationRow =>
      row.clientId === 'a' && row.clientSeq < 3 ? { ...row, clientSeq: 3 - row.clientSeq } : row
    const attempts = told.attempts.map((attempt) => ({
      ...attempt,
      parts: attempt.parts.map((part) => ({
        ...part,
        saved: part.saved.map((changes) => ({ ...changes, operations: changes.operations.map(swap) })),
      })),
    }))
    expect(await promisesOf({ ...told, attempts }, store)).toContain('ordered')
  })
})
