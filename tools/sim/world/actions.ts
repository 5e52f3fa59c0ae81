import { hasCode } from '@holdfast/core'
import type { ConflictAnswer } from '@holdfast/core'
import type { SeededRandom, StorageStep } from '@holdfast/core/testing'
import type { Actors } from './actors.ts'
import type { ActionName } from './swarm.ts'
import type { Client, Tab } from './tab.ts'
import { joinOne, leaveOne } from './scope-actions.ts'
import { cancelOne, settleLetter } from './taking-back.ts'

const crashSteps: readonly StorageStep[] = [
  'open',
  'read:before',
  'read:after',
  'commit:before',
  'commit:before',
  'commit:after',
  'commit:after',
]

/** Something that a person, a machine or the world does. */
export const act = (actors: Actors, name: ActionName): void => {
  const { sim, fleet, servers, writes, random } = actors
  const tabs = fleet.tabs()
  if (tabs.length === 0) return
  const tab = random.pick(tabs)
  const client = tab.client()
  sim.trace.note(`${name} ${tab.process.name}`)
  switch (name) {
    case 'write':
      return writes.one(tab)
    case 'burst':
      return times(random.between(2, 8), () => writes.one(tab))
    case 'tabs':
      return times(random.between(2, 6), () => writes.one(random.pick(fleet.tabsOf(tab.device))))
    case 'resolve':
      if (client !== undefined) void resolveOne(actors, client)
      return
    case 'pause':
      if (client === undefined) return
      sim.counters.add('paused')
      client.pause()
      tab.process.after(random.between(100, 8_000), 'app starts', () => startAgain(tab))
      return
    case 'start':
      return startAgain(tab)
    case 'syncNow':
      if (client !== undefined) void client.syncNow().catch(() => undefined)
      return
    case 'offline':
      return goOffline(actors, tab)
    case 'partition':
      return tab.device.network.cutOff(random.between(500, 15_000))
    case 'killTab':
      return fleet.kill(tab)
    case 'killDevice':
      return fleet.tabsOf(tab.device).forEach((each) => fleet.kill(each))
    case 'crashTab':
    case 'crashDevice':
      return tab.device.arm({ kind: 'crash', step: random.pick(crashSteps), whole: name === 'crashDevice' })
    case 'crashStaging':
      return tab.device.arm({
        kind: 'crash',
        step: random.pick(['read:after', 'commit:before', 'commit:after']),
        whole: random.chance(0.5),
        amid: random.pick(['staging', 'folding']),
      })
    case 'storageFails':
      return tab.device.arm({
        kind: 'fail',
        step: random.pick(['read:before', 'commit:before', 'commit:before', 'open']),
        code: random.pick(['STORAGE_FULL', 'STORAGE_FAILED']),
      })
    case 'closeTab':
      return fleet.close(tab)
    case 'crashServer':
      return servers.crashAt(random.pick(['locked', 'before-commit', 'after-commit']))
    case 'join':
      if (client !== undefined) void joinOne(actors, client)
      return
    case 'leave':
      if (client !== undefined) void leaveOne(actors, tab)
      return
    case 'together':
      return writes.together(tab)
    case 'family':
      return writes.family(tab)
    case 'cancel':
      void cancelOne(actors, tab)
      return
    case 'letter':
      void settleLetter(actors, tab)
      return
    case 'clockJump':
      return tab.device.jumpClock(random.between(-sim.swarm.clockSkew, sim.swarm.clockSkew) * 2)
  }
}

const times = (count: number, run: () => void): void => {
  for (let index = 0; index < count; index += 1) run()
}

const startAgain = (tab: Tab): void => {
  tab.requests.onAsked()
  tab.client()?.start()
}

const goOffline = ({ sim, fleet, random }: Actors, { device }: Tab): void => {
  sim.counters.add('offline')
  for (const tab of fleet.tabsOf(device)) {
    tab.connectivity.set(false)
    tab.process.after(random.between(200, 10_000), 'online again', () => {
      tab.requests.onAsked()
      tab.connectivity.set(true)
    })
  }
}

/** Answers one open conflict, as a person would. */
export const resolveOne = async ({ sim, random }: Actors, client: Client): Promise<void> => {
  const { counters, trace } = sim
  try {
    const open = await client.conflicts.list()
    if (open.length === 0) return
    if (open.some(({ answered }) => answered)) counters.add('several questions about a transaction')
    const unanswered = open.filter(({ answered }) => !answered)
    const conflict = random.pick(unanswered.length === 0 ? open : unanswered)
    const answer = answerTo(random, conflict.collection)
    const receipt = await client.conflicts.resolve(conflict.id, answer)
    trace.note(`${conflict.id} is answered`)
    counters.add(
      typeof answer === 'object' ? 'conflict resolved with a patch' : `conflict resolved with ${answer}`,
    )
    if (receipt === undefined) counters.add('conflict resolved without an operation')
  } catch (error) {
    if (hasCode(error, 'STORAGE_CONFLICT')) counters.add('conflict answered too early')
    const expected = [
      'STORAGE_CONFLICT',
      'STORAGE_FULL',
      'STORAGE_FAILED',
      'STORAGE_LOCKED',
      'NOT_FOUND',
      'CLOSED',
      'INVALID',
    ] as const
    if (!expected.some((code) => hasCode(error, code)))
      sim.guard(() => {
        throw error
      })
  }
}

const answerTo = (random: SeededRandom, collection: string): ConflictAnswer => {
  const text = `r${random.between(0, 99)}x`
  const patches: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    tasks: { title: text },
    prices: { label: text },
    pages: { body: text },
  }
  const patch = patches[collection]
  return random.pick<ConflictAnswer>(['mine', 'theirs', ...(patch === undefined ? [] : [{ patch }])])
}
