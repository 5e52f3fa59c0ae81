import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backup, Operation, Preflight, ResetReason } from '@holdfast/core'
import { createSeededRandom } from '@holdfast/core/testing'
import { pruneSync, type PruneReport, type ServerStore } from '@holdfast/server'
import type { SqlRunner } from '@holdfast/server/prisma'
import { startAda, type Made } from './ada.ts'
import { answerAll, type Answers } from './answers.ts'
import { day, minute, skippingClock } from './clock.ts'
import { openDevice, type Device } from './device.ts'
import { shownBy, storedBy } from './equal.ts'
import { account, endOf, fatesOf, type Accounts } from './fates.ts'
import { leave } from './leave.ts'
import { spendDay } from './others.ts'
import { places, takenBack } from './places.ts'
import { prepare, reckoned, startReckoning } from './reckoning.ts'
import { checkBackup, type RestoredBackup } from './restore.ts'
import type { Version } from './schema.ts'
import { startServer } from './server.ts'
import type { Traffic } from './traffic.ts'

export interface StoryOptions {
  readonly store: ServerStore<SqlRunner>
  /** How often Ada writes in the three weeks. */
  readonly edits: number
  /** False: nothing is folded before it is sent. */
  readonly compacts: boolean
  readonly seed: string
  readonly say: (line: string) => void
}

export interface Ending {
  /** Every operation that Ada's device made in the three weeks. */
  readonly made: readonly Made[]
  /** Those of them whose field others changed too. */
  readonly met: ReadonlySet<string>
  readonly queued: { readonly before: number; readonly after: number }
  readonly preflight: Preflight
  readonly attention: number
  /** What she then took back, of what was in the queue. */
  readonly takenBack: number
  readonly resets: readonly ResetReason[]
  readonly backup: Backup & { readonly bytes: number }
  readonly restored: RestoredBackup
  readonly pruned: PruneReport
  /** How much travelled when Ada came back, until all was decided. */
  readonly sent: Traffic & {
    readonly operations: number
    readonly batches: number
    readonly madeAgain: number
  }
  readonly answers: Answers
  readonly accounts: Accounts
  /** So many decided operations the device no longer keeps. */
  readonly removed: number
  readonly deadLetters: readonly Operation[]
  /** Sites and tasks: by the plain reckoning, on the server, and as each device shows them. */
  readonly equal: {
    readonly reckoned: string
    readonly server: string
    readonly devices: ReadonlyMap<string, string>
  }
  /** From her first contact to the last answer, without what a person takes to look. */
  readonly seconds: number
}

const days = 21
const parts = 6

/** Three weeks without a network, and the day after. */
export const tellStory = async ({ store, edits, compacts, seed, say }: StoryOptions): Promise<Ending> => {
  const environment = skippingClock()
  const random = createSeededRandom(seed)
  const reckoning = startReckoning()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-long-offline-'))
  const removed: Operation[] = []
  const opened = new Set<Device>()
  await using server = await startServer(store, environment)
  const open = async (name: string, version: Version, user = name): Promise<Device> => {
    const device = await openDevice(version, {
      user,
      filename: join(folder, `${name}.db`),
      url: server.url,
      environment,
      compacts,
      onRemove: (operations) => name === 'ada' && removed.push(...operations),
    })
    opened.add(device)
    return device
  }
  const close = async (device: Device): Promise<void> => {
    opened.delete(device)
    await device.client.close()
  }
  /** Online for as long as it takes. */
  const visit = async (device: Device): Promise<void> => {
    await device.sync()
    device.online(false)
  }

  try {
    let [ada, ben, cyd] = [await open('ada', '1.0.0'), await open('ben', '1.0.0'), await open('cyd', '1.0.0')]
    await prepare(ben, reckoning)
    for (const device of [ben, ada, cyd]) await visit(device)
    const her = startAda(random, reckoning)
    await leave(ada, her, reckoning)
    say(
      `Ada leaves with ${places.all.length} sites. The answer to her last ${places.unheard.length} edits is lost.`,
    )

    let pruned: PruneReport = { scopes: 0, tombstones: 0, verdicts: 0, nonces: 0 }
    for (let today = 1; today <= days; today += 1) {
      if (today === 10) {
        server.deploy('1.1.0')
        for (const device of [ben, cyd]) await close(device)
        ;[ben, cyd] = [await open('ben', '1.1.0'), await open('cyd', '1.1.0')]
        reckoning.upgrade()
        say('Day 10: server and app are of version 1.1.0. Ada does not hear of it.')
      }
      if (today === 20) {
        await close(ada)
        ada = await open('ada', '1.1.0')
        const queue = await ada.client.operations.list({ status: 'PENDING' })
        say(`Day 20: Ada starts the new app, with ${queue.length} operations that the old one wrote.`)
      }
      for (let part = 0; part < parts; part += 1) {
        const done = (today - 1) * parts + part
        const all = days * parts
        await her.work(ada, Math.floor((edits * (done + 1)) / all) - Math.floor((edits * done) / all))
        environment.skip(day / parts - 2 * minute)
      }
      for (const device of [ben, cyd]) {
        environment.skip(5 * minute)
        await device.sync()
        await spendDay(device, { today, isTurn: (device === ben) === (today % 2 === 0), random, reckoning })
        await visit(device)
      }
      pruned = plus(pruned, await pruneSync(store, { olderThan: 14 * day, environment }))
    }
    for (const id of places.deletedLate)
      if (!her.made().some(({ recordId }) => recordId === id)) reckoning.sites.delete(id)
    say(`The server has forgotten ${pruned.tombstones} deletions and ${pruned.verdicts} verdicts.`)

    const spare = await open('spare', '1.1.0', 'ada')
    await visit(spare)
    const preflight = await ada.client.preflight()
    const before = await ada.client.operations.list({ status: 'PENDING' })
    const start = performance.now()
    const first = await ada.sync()
    const middle = performance.now()
    const [backup] = await ada.client.backups.list()
    if (backup === undefined) throw new Error('There is no backup.')
    const text = await ada.client.backups.export(backup.id)
    const restored = await checkBackup(spare, text)
    await close(spare)

    const attention = first.status === 'attention' ? first.total : 0
    say(`Day 21: Ada is online. ${attention} records wait for her to look.`)
    const again = performance.now()
    const waiting = await ada.client.operations.list({ status: 'PENDING' })
    const unwanted = waiting.filter(({ recordId }) => takenBack.includes(recordId))
    for (const { id } of unwanted) await ada.client.operations.cancel(id)
    await ada.client.confirm()
    await ada.sync()
    const answers = await answerAll(ada, reckoning)
    const seconds = (middle - start + performance.now() - again) / 1_000

    const fresh = await open('dora', '1.1.0')
    for (const device of [ben, cyd, ada, fresh]) await visit(device)
    const kept = await ada.client.operations.list()
    const fates = fatesOf([...removed, ...kept])
    const made = her.made()
    const shown = new Map<string, string>()
    for (const device of [ada, ben, cyd, fresh]) shown.set(device.user, await shownBy(device))
    const batches = ada.events.filter((event) => event.type === 'pushed')
    const passes = ada.events.filter((event) => event.type === 'compacted')
    const folded = passes.reduce((sum, event) => sum + event.folded, 0)
    return {
      made,
      met: new Set(
        made.filter(({ recordId, field }) => reckoning.isMet(recordId, field)).map((one) => one.operationId),
      ),
      queued: { before: before.length, after: before.length - folded },
      preflight,
      attention,
      takenBack: unwanted.length,
      resets: ada.events.flatMap((event) => (event.type === 'resetStarted' ? [event.reason] : [])),
      backup: { ...backup, bytes: Buffer.byteLength(text) },
      restored,
      pruned,
      sent: {
        ...ada.wire.traffic(),
        batches: batches.length,
        operations: decidedBy(ada).size,
        madeAgain: ada.events.filter(({ type }) => type === 'madeAgain').length,
      },
      answers,
      removed: new Set(removed.map(({ id }) => id)).size,
      deadLetters: await ada.client.deadLetters.list(),
      accounts: account(made, (id) => endOf(fates, answers.asked, id), compacts),
      equal: { reckoned: reckoned(reckoning), server: await storedBy(store), devices: shown },
      seconds,
    }
  } finally {
    for (const device of opened) await device.client.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each operation once, also where an answer was lost and it was sent again. */
const decidedBy = ({ events }: Device): ReadonlySet<string> =>
  new Set(
    events
      .flatMap((event) => (event.type === 'decided' ? event.verdicts : []))
      .filter(({ code }) => code !== 'OUTCOME_UNKNOWN')
      .map(({ operationId }) => operationId),
  )

const plus = (sum: PruneReport, { scopes, tombstones, verdicts, nonces }: PruneReport): PruneReport => ({
  scopes,
  tombstones: sum.tombstones + tombstones,
  verdicts: sum.verdicts + verdicts,
  nonces: sum.nonces + nonces,
})
