import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PushAnswer, WireOperation } from '@holdfast/core/protocol'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { databases, databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { startServerProcess, type ServerProcess } from './start-server-process.ts'
import { createWriter, type Writer } from './writer.ts'

const rounds = 20
const batch = 5
const copies = 3

let database: TestDatabase
let servers: ServerProcess[] = []

const start = (): Promise<ServerProcess> => startServerProcess({ database: database.url, commitDelayMs: 10 })

const create = (writer: Writer, recordId: string): WireOperation =>
  writer.operation({ collection: 'tasks', recordId, type: 'create', fields: { id: recordId, title: 'zero' } })

const edits = (writer: Writer, recordId: string): readonly WireOperation[] =>
  Array.from({ length: batch }, () =>
    writer.operation({ collection: 'tasks', recordId, type: 'rename', fields: { title: 'next' } }),
  )

/** By operation: the results that are no duplicates. */
const note = (effects: Map<string, string[]>, { results }: PushAnswer): void => {
  for (const { id, kind } of results) {
    if (kind !== 'duplicate') effects.set(id, [...(effects.get(id) ?? []), kind])
  }
}

/** What the database holds of a record and its operations. */
const stored = async (recordId: string): Promise<unknown> => {
  const [row] = await database.prisma.holdfastRecord.findMany({ where: { recordId } })
  const operations = await database.prisma.holdfastOperation.count({ where: { recordId } })
  return { version: Number(row?.version), operations }
}

describe.each(databaseNames)('two server processes over one %s database', (name) => {
  beforeAll(async () => {
    database = await databases[name]()
    servers = await Promise.all([start(), start()])
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    await database.close()
  })

  test('[P03] [DB11] each batch of a client reaches both several times at once: every operation is applied once', async () => {
    const writer = createWriter('copied')
    const transports = servers.map((server) => server.transport('u-1'))
    const effects = new Map<string, string[]>()
    const pushToAll = async (operations: readonly WireOperation[]): Promise<void> => {
      const targets = Array.from({ length: copies }, () => transports).flat()
      const answers = await Promise.all(targets.map((transport) => writer.push(transport, operations)))
      for (const answer of answers) note(effects, answer)
    }
    await pushToAll([create(writer, 'r-1')])
    for (let round = 0; round < rounds; round += 1) await pushToAll(edits(writer, 'r-1'))

    const operations = 1 + rounds * batch
    expect([...effects.values()]).toEqual(Array.from({ length: operations }, () => ['applied']))
    expect(await stored('r-1')).toEqual({ version: operations, operations })
    figure(`${name}: ${operations} operations, each sent ${2 * copies} times to two processes, applied once`)
  })

  test('[P03] [DB11] one process after the other is killed at work: every operation is applied once', async () => {
    const writer = createWriter('patient')
    let failures = 0
    const pushUntilAnswered = async (operations: readonly WireOperation[]): Promise<void> => {
      for (let turn = 0; ; turn += 1) {
        const transport = servers[turn % 2]?.transport('u-2')
        if (transport === undefined) throw new Error('There is no server process.')
        try {
          await writer.push(transport, operations)
          return
        } catch {
          failures += 1
        }
      }
    }
    const pushWhileKilling = async (victim: ServerProcess | undefined): Promise<void> => {
      let killed: Promise<void> | undefined
      for (let round = 0; round < rounds; round += 1) {
        // Somewhere between the request and its answer.
        if (round === rounds / 2) killed = sleep(Math.random() * 30).then(() => victim?.kill())
        await pushUntilAnswered(edits(writer, 'r-2'))
      }
      await killed
    }
    await pushUntilAnswered([create(writer, 'r-2')])
    await pushWhileKilling(servers[0])
    servers[0] = await start()
    await pushWhileKilling(servers[1])

    const operations = 1 + 2 * rounds * batch
    expect(await stored('r-2')).toEqual({ version: operations, operations })
    expect(failures).toBeGreaterThan(0)
    figure(`${name}: 2 processes killed, ${failures} requests failed, ${operations} operations applied once`)
  })
})
