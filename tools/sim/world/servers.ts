import { createSimulatedProcess, type SimulatedProcess, type WireAnswer } from '@holdfast/core/testing'
import { SyncError } from '@holdfast/core'
import type { PreflightAnswer, PreflightInput, ProcedureName } from '@holdfast/core/protocol'
import {
  createSyncHandlers,
  expireRecords,
  pruneSync,
  type Changes,
  type ServerStore,
  type SyncHandlers,
  type WriteTransaction,
} from '@holdfast/server'
import {
  copyMemoryServerState,
  createMemoryServerState,
  memoryServerStore,
  type MemoryServerState,
  type ServerStep,
} from '@holdfast/server/testing'
import { createContacts } from '../checks/contacts.ts'
import type { Forgotten } from '../checks/journal-state.ts'
import { leasePlugins, upgradePlugins } from './app-plugins.ts'
import { createBankHalves, isForbiddenByBank } from './bank.ts'
import type { AppVersion } from './parcel-schema.ts'
import { poison, schemaOf, type SimSchema } from './schema.ts'
import { pruneIn } from './pruning.ts'
import type { Sim } from './sim.ts'

interface Caller {
  readonly user: { readonly id: string }
}

interface ServerProcess {
  readonly process: SimulatedProcess
  readonly handlers: SyncHandlers<Caller>
  readonly store: ServerStore<undefined>
}

interface Stepping {
  readonly index: number
  readonly process: SimulatedProcess
  readonly scope: string
}

type Saved = Changes & { readonly scope: string; readonly clock: number }

/** Server processes over one database. Any of them answers any request; each may die at each step. */
export interface Servers {
  /** Undefined: the process died over it. */
  readonly ask: (user: string, procedure: ProcedureName, body: string) => Promise<WireAnswer | undefined>
  /** The next write that comes to this step kills its process there. */
  readonly crashAt: (step: ServerStep) => void
  /** The first time the database is copied, the next time that copy takes its place. */
  readonly backUpOrRestore: () => void
  /** One of them runs the job that forgets what is older, as the app schedules it. */
  /** One of them runs the job that deletes records that are over. */
  readonly expireRecords: () => Promise<void>
  readonly prune: (olderThan: number) => Promise<void>
  readonly reviveAll: () => void
  /** One that runs the old version of the app, or all, is replaced by one of the new version. */
  readonly upgrade: (which?: 'all') => void
}

const secret = 'a secret of at least thirty-two bytes'

export const createServers = (sim: Sim): Servers => {
  const { swarm, time, random, trace, counters, scopes, journalOf } = sim
  let state = createMemoryServerState()
  const servers: (ServerProcess | undefined)[] = []
  /** Which version of the app each of them runs when it starts the next time. */
  const versions: AppVersion[] = Array.from({ length: swarm.servers }, () => 'old')
  const failing = new Set<string>()
  const judged = new Set<string>()
  const draws = random.fork('servers')
  const prunes = random.fork('prunes')
  const expiries = random.fork('expiries')
  const contacts = createContacts()
  let armed: ServerStep | undefined
  let backup: { readonly state: MemoryServerState; readonly restore: () => void } | undefined
  /** What the write under way in each scope has saved so far. */
  const saved = new Map<string, Saved[]>()
  /** What it has forgotten. */
  const pruned = new Map<string, Forgotten>()

  const onStep = async ({ index, process, scope }: Stepping, step: ServerStep): Promise<void> => {
    if (!process.isAlive()) throw new Error('This server is dead.')
    if (step === 'after-commit') {
      const changes = saved.get(scope) ?? []
      const decided = changes.flatMap(({ operations }) => operations)
      trace.note(`server ${index} commits ${decided.length}`, () =>
        decided.map(({ operationId, verdict }) => `${operationId.slice(-4)} ${verdict.kind}`).join(),
      )
      sim.guard(() => {
        for (const each of [scope, ...scopes.filter((other) => other !== scope)]) {
          const ofScope = changes.filter((one) => one.scope === each)
          if (ofScope.length > 0) journalOf(each).onCommit(ofScope)
        }
        const gone = pruned.get(scope)
        if (gone !== undefined) journalOf(scope).onForgotten(gone)
        counters.add('tombstone forgotten', gone?.tombstones.length ?? 0)
        counters.add('verdict forgotten', gone?.operations.length ?? 0)
      })
    }
    if (step !== 'before-commit') {
      saved.delete(scope)
      pruned.delete(scope)
    }
    if (armed === step) {
      armed = undefined
      counters.add(`server crash at ${step}`)
      kill(index)
      throw new Error('This server dies here.')
    }
    if (step !== 'after-commit' && sim.isChaos() && draws.chance(swarm.server.slow)) {
      await new Promise<void>((resolve) =>
        time.after(draws.between(1, 80), `server ${index} ${step}`, resolve),
      )
      if (!process.isAlive()) throw new Error('This server is dead.')
    }
  }

  const kill = (index: number): void => {
    const server = servers[index]
    if (server === undefined) return
    trace.note(`server ${index} dies`)
    server.process.kill()
    servers[index] = undefined
    time.after(draws.between(100, 3_000), `server ${index} restarts`, () => {
      servers[index] ??= boot(index)
    })
  }

  /** Fails for some operations, for now: each is drawn once. */
  const failsNow = (kind: string, operationId: string, share: number): boolean => {
    const key = `${kind} ${operationId}`
    if (!judged.has(key)) {
      judged.add(key)
      if (draws.chance(share)) failing.add(key)
    }
    if (!failing.has(key) || !sim.isChaos()) return false
    if (draws.chance(0.15)) failing.delete(key)
    return true
  }

  /** When something can be decided again on records about which nothing could. */
  const stubbornUntil = new Map<string, number>()
  const moods = random.fork('stubborn')
  const isStubborn = (record: string): boolean => {
    if (swarm.server.stubborn === 0 || !sim.isChaos()) return false
    if (!stubbornUntil.has(record)) {
      const isSo = moods.chance(swarm.server.stubborn)
      stubbornUntil.set(record, isSo ? time.now() + moods.between(1_000, 15_000) : 0)
    }
    return time.now() < (stubbornUntil.get(record) ?? 0)
  }

  /** Notes what is saved, and lets the database fail. */
  const noted = (
    tx: WriteTransaction<undefined>,
    { main, scope, clock }: { readonly main: string; readonly scope: string; readonly clock: number },
  ): WriteTransaction<undefined> => ({
    ...tx,
    async save(changes) {
      for (const { operationId } of changes.operations) {
        if (!failsNow('unstorable', operationId, swarm.server.unstorable)) continue
        counters.add('batch split')
        throw new Error(`The database can't store ${operationId} now.`)
      }
      await tx.save(changes)
      saved.set(main, [...(saved.get(main) ?? []), { ...changes, scope, clock }])
    },
    async prune(request) {
      const { told, forgotten } = await pruneIn(tx, journalOf(scope), request)
      pruned.set(scope, forgotten)
      return told
    },
  })

  const watched = (store: ServerStore<undefined>, clock: () => number): ServerStore<undefined> => ({
    ...store,
    write: (at, run) => store.write(at, (tx) => run(noted(tx, { main: at, scope: at, clock: clock() }))),
    writeBoth: ([from, to], run) =>
      store.writeBoth([from, to], (first, second) => {
        const now = clock()
        return run(
          noted(first, { main: from, scope: from, clock: now }),
          noted(second, { main: from, scope: to, clock: now }),
        )
      }),
  })

  const boot = (index: number): ServerProcess => {
    const process = createSimulatedProcess({
      name: `server ${index}`,
      time,
      random: random.fork(`server ${index} ${time.now()}`),
      wallClock: () => sim.epoch + index * 40,
    })
    const parts = {
      onStep: (step: ServerStep, scope: string) => onStep({ index, process, scope }, step),
      environment: process.environment,
    }
    const store = sim.openServerStore?.(parts) ?? memoryServerStore({ state, ...parts })
    const own = watched(sim.plants.store(store), process.environment.clock.now)
    const handlers = createSyncHandlers<Caller, undefined, SimSchema['collections']>({
      schema: schemaOf(swarm, versions[index] ?? 'old'),
      store: own,
      scopes: ({ user }) => sim.rights.scopesOf(user.id),
      authorize({ after, before, collection, action, scope }) {
        const id = JSON.stringify((after ?? before)?.['id'])
        if (isStubborn(`${collection} ${id}`)) throw new SyncError('SERVER_FAILED', 'Not for long.', {})
        if (
          failsNow(
            'authorize',
            `${collection} ${id} ${action} ${journalOf(scope).head()}`,
            swarm.server.authorizeFails,
          )
        ) {
          counters.add('authorize failed')
          throw new Error('The app can not judge this now.')
        }
        if (isForbiddenByBank({ collection, action, before, after })) return false
        return after === undefined || !JSON.stringify(after).includes(poison)
      },
      serverOperations: createBankHalves((operationId) => {
        if (!failsNow('half', operationId, 0.08)) return
        counters.add('server half failed')
        throw new Error('The bank is closed for a moment.')
      }),
      plugins: [
        ...leasePlugins(swarm.leases).map(sim.plants.leases),
        ...upgradePlugins(swarm, versions[index] ?? 'old'),
      ],
      tokenSecrets: [secret],
      rates: 'none',
      environment: process.environment,
      limits: { page: swarm.page, maxPage: swarm.page },
      logger: { error: () => undefined },
    })
    return { process, store: own, handlers: sim.plants.handlers(handlers, process.name) }
  }

  for (let index = 0; index < swarm.servers; index += 1) servers[index] = boot(index)

  return {
    async ask(user, procedure, body) {
      const alive = servers.filter((server) => server !== undefined)
      if (alive.length === 0) return { status: 502, body: '' }
      const { process, handlers } = draws.pick(alive)
      const input = JSON.parse(body) as { readonly scope: string }
      const headBefore = journalOf(input.scope).head()
      const output = await handlers[procedure]({ user: { id: user } }, input)
      if (!process.isAlive()) return undefined
      const answer = JSON.stringify(output)
      if (swarm.restores) noteCursor(sim, output)
      sim.guard(() => {
        sim.rights.check({ user, procedure, scope: input.scope, body: answer })
        const journal = journalOf(input.scope)
        const asked = {
          input,
          now: process.environment.clock.now(),
          forgottenBefore: journal.forgottenBefore(),
        }
        if (swarm.retention > 0) contacts.onAnswer(procedure, asked, output)
        if (procedure === 'preflight' && output.kind === 'answer' && journal.head() === headBefore)
          journal.onForesight(input as PreflightInput, output as PreflightAnswer)
      })
      return { status: 200, body: answer }
    },
    crashAt: (step) => {
      armed = step
    },
    backUpOrRestore() {
      if (backup === undefined) {
        backup = { state: copyMemoryServerState(state), restore: sim.histories.backUp() }
        trace.note('the database is copied')
        return
      }
      servers.forEach((_server, index) => kill(index))
      saved.clear()
      state = backup.state
      backup.restore()
      backup = undefined
      counters.add('server restored')
      trace.note('the database is put back')
    },
    async expireRecords() {
      const alive = servers.filter((server) => server !== undefined)
      if (alive.length === 0) return
      const { process, store } = expiries.pick(alive)
      const schema = schemaOf(swarm, 'old')
      try {
        await expireRecords(store, {
          schema,
          batch: expiries.between(1, 3),
          environment: process.environment,
        })
      } catch (error) {
        if (!process.isAlive()) return
        sim.guard(() => {
          throw error
        })
      }
    },
    async prune(olderThan) {
      const alive = servers.filter((server) => server !== undefined)
      if (alive.length === 0) return
      const { process, store } = prunes.pick(alive)
      const batch = prunes.chance(0.5) ? prunes.between(1, 3) : 500
      try {
        await pruneSync(store, { olderThan, batch, environment: process.environment })
        counters.add('server pruned')
      } catch (error) {
        if (!process.isAlive()) return
        sim.guard(() => {
          throw error
        })
      }
    },
    upgrade(which) {
      for (const [index, version] of versions.entries()) {
        if (version === 'new') continue
        versions[index] = 'new'
        counters.add('server upgraded')
        kill(index)
        if (which !== 'all') return
      }
    },
    reviveAll() {
      armed = undefined
      sim.rights.restoreAll()
      servers.forEach((server, index) => {
        if (server === undefined) servers[index] = boot(index)
      })
    },
  }
}

/** Remembers in which history a position was handed out. */
const noteCursor = ({ histories }: Sim, output: object): void => {
  const { cursor, page } = output as { cursor?: string; page?: { cursor: string } }
  for (const handed of [cursor, page?.cursor]) if (handed !== undefined) histories.onCursor(handed)
}
