import { createSimulatedProcess, type SimulatedProcess, type WireAnswer } from '@holdfast/core/testing'
import { SyncError } from '@holdfast/core'
import type { PreflightAnswer, PreflightInput, ProcedureName } from '@holdfast/core/protocol'
import { createSyncHandlers, type ServerStore, type SyncHandlers } from '@holdfast/server'
import {
  copyMemoryServerState,
  createMemoryServerState,
  memoryServerStore,
  type MemoryServerState,
  type ServerStep,
} from '@holdfast/server/testing'
import { createContacts } from '../checks/contacts.ts'
import { leasePlugins, upgradePlugins } from './app-plugins.ts'
import { createBankHalves, isForbiddenByBank } from './bank.ts'
import { createStoreNotes } from './noted-store.ts'
import type { AppVersion } from './parcel-schema.ts'
import { poison, schemaOf, type SimSchema } from './schema.ts'
import { createServerFaults } from './server-faults.ts'
import { createServerJobs, type ServerJobs } from './server-jobs.ts'
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

/** Server processes over one database. Any of them answers any request; each may die at each step. */
export interface Servers extends ServerJobs {
  /** Undefined: the process died over it. */
  readonly ask: (user: string, procedure: ProcedureName, body: string) => Promise<WireAnswer | undefined>
  /** The next write that comes to this step kills its process there. */
  readonly crashAt: (step: ServerStep) => void
  /** The first time the database is copied, the next time that copy takes its place. */
  readonly backUpOrRestore: () => void
  readonly reviveAll: () => void
  /** One that runs the old version of the app, or all, is replaced by one of the new version. */
  readonly upgrade: (which?: 'all') => void
}

const secret = 'a secret of at least thirty-two bytes'

export const createServers = (sim: Sim): Servers => {
  const { swarm, time, random, trace, counters, journalOf } = sim
  let state = createMemoryServerState()
  const servers: (ServerProcess | undefined)[] = []
  /** Which version of the app each of them runs when it starts the next time. */
  const versions: AppVersion[] = Array.from({ length: swarm.servers }, () => 'old')
  const draws = random.fork('servers')
  const faults = createServerFaults(sim, draws)
  const { failsNow, isStubborn } = faults
  const notes = createStoreNotes(sim, faults)
  const contacts = createContacts()
  let armed: ServerStep | undefined
  let backup: { readonly state: MemoryServerState; readonly restore: () => void } | undefined
  const alive = (): readonly ServerProcess[] => servers.filter((server) => server !== undefined)

  const onStep = async ({ index, process, scope }: Stepping, step: ServerStep): Promise<void> => {
    if (!process.isAlive()) throw new Error('This server is dead.')
    notes.onStep(step, index, scope)
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
    const own = notes.watched(sim.plants.store(store), process.environment.clock.now)
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
    ...createServerJobs(sim, alive),
    async ask(user, procedure, body) {
      const ready = alive()
      if (ready.length === 0) return { status: 502, body: '' }
      const { process, handlers } = draws.pick(ready)
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
      notes.clear()
      state = backup.state
      backup.restore()
      backup = undefined
      counters.add('server restored')
      trace.note('the database is put back')
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
