import { SyncError } from '@holdfast/core'
import type { CrashableStorageOptions, SeededRandom, StorageFault, StorageStep } from '@holdfast/core/testing'
import type { DeviceMirror, Mirror } from '../checks/mirror.ts'
import type { Sim } from './sim.ts'

export type Amid = 'staging' | 'folding' | 'leaving' | 'resetting' | 'migrating'

/** What waits to go wrong on a device. */
export type Armed =
  | {
      readonly kind: 'crash'
      readonly step: StorageStep
      readonly whole: boolean
      /** Waits until this is under way. */
      readonly amid?: Amid
      /** Of such steps amid that, the first so many pass. */
      readonly skip?: number
    }
  /** Somebody does something at that very moment. */
  | {
      readonly kind: 'call'
      readonly step: StorageStep
      readonly amid: Amid
      readonly skip?: number
      readonly run: () => void
    }
  | { readonly kind: 'fail'; readonly step: StorageStep; readonly code: 'STORAGE_FULL' | 'STORAGE_FAILED' }

/** The faults of a device's storage. */
export interface Strikes {
  readonly arm: (armed: Armed | undefined) => void
  /** What is done, now and then, amid something that takes several commits. */
  readonly onAmid: (run: () => void) => void
  /** `die` ends the tab at hand, or all of the device. */
  readonly faultAt: (step: StorageStep, die: (whole: boolean) => void) => StorageFault | undefined
  readonly noticeOf: CrashableStorageOptions['noticeOf']
}

/** Else nobody would come in between. */
const slowFolding = 0.7

const folds = ({ log }: Mirror): boolean => log?.folding !== undefined
const resets = ({ log }: Mirror): boolean => log?.resetting !== undefined
const stages = ({ staged }: Mirror): boolean => staged.size > 0

export interface StrikesOptions {
  readonly name: string
  readonly mirror: DeviceMirror
  readonly random: SeededRandom
}

export const createStrikes = (sim: Sim, { name, mirror, random }: StrikesOptions): Strikes => {
  const { counters, trace, swarm } = sim
  let armed: Armed | undefined
  /** Waits for what takes several commits. */
  let armedAmid: Extract<Armed, { amid?: Amid }> | undefined
  /** How many more such steps pass. */
  let skips = 0

  /** Asked at each step of each tab. */
  const isSomewhere = (isSo: (mirror: Mirror) => boolean): boolean => {
    for (const there of mirror.scopes.values()) if (isSo(there)) return true
    return false
  }

  const isFolding = (): boolean => isSomewhere(folds)
  const isResetting = (): boolean => isSomewhere(resets)

  /** What takes several commits, and is somewhere in the middle. */
  const underWay = (): Amid | undefined => {
    if (mirror.isMigrating) return 'migrating'
    if (mirror.leaving.length > 0) return 'leaving'
    if (armedAmid?.amid === 'resetting' && isResetting()) return 'resetting'
    if (!isSomewhere(stages)) return undefined
    return isFolding() ? 'folding' : 'staging'
  }

  const isDue = (fault: Armed | undefined, step: StorageStep): fault is Armed => {
    if (fault?.step !== step || ('amid' in fault && fault.amid !== underWay())) return false
    if (fault !== armedAmid || skips === 0) return true
    skips -= 1
    return false
  }

  const amidDraws = random.fork('amid')
  let runAmid: (() => void) | undefined
  const strikesLeft: Record<Amid, number> = { staging: 2, folding: 2, leaving: 2, resetting: 2, migrating: 2 }

  /** Where something takes several commits, it may be just then. */
  const drawAmid = (step: StorageStep): Armed | undefined => {
    if (swarm.storage.amid === 0 || !sim.isChaos()) return undefined
    const amid = underWay()
    if (amid === undefined || strikesLeft[amid] === 0) return undefined
    if (!amidDraws.chance(swarm.storage.amid * (amid === 'folding' ? 8 : 1))) return undefined
    strikesLeft[amid] -= 1
    if (amidDraws.chance(0.5)) return { kind: 'crash', step, whole: amidDraws.chance(0.5) }
    return { kind: 'call', step, amid, run: () => runAmid?.() }
  }

  const strike = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const due = isDue(armed, step) ? armed : isDue(armedAmid, step) ? armedAmid : drawAmid(step)
    if (due === undefined) return undefined
    if (due === armed) armed = undefined
    if (due === armedAmid) armedAmid = undefined
    trace.note(`${name} ${due.kind} at ${step}`)
    switch (due.kind) {
      case 'call':
        sim.time.after(0, `${name} at ${step}`, due.run)
        return undefined
      case 'fail':
        counters.add(`storage ${due.code}`)
        return { kind: 'fail', error: new SyncError(due.code, 'The disk refuses this write.', {}) }
      case 'crash': {
        counters.add(`crash at ${step}`)
        const amid = underWay()
        if (amid !== undefined) counters.add(`crash while ${amid}`)
        if (isResetting()) counters.add('crash while resetting')
        if (due.whole) counters.add('crash of a whole device')
        die(due.whole)
        return { kind: 'crash' }
      }
    }
  }

  const faultAt = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const fault = strike(step, die)
    if (fault !== undefined || !sim.isChaos()) return fault
    const slow = swarm.storage.slow > 0 && isFolding() ? slowFolding : swarm.storage.slow
    if (!random.chance(slow)) return undefined
    return { kind: 'delay', ms: random.next() * swarm.storage.slowest }
  }

  const noticeOf: CrashableStorageOptions['noticeOf'] = (commit) => {
    if (!sim.isChaos()) return { delay: 0, commit }
    const delay = random.chance(swarm.storage.lateNotice) ? random.next() * swarm.storage.slowest : 0
    if (!random.chance(swarm.storage.widenNotice)) return { delay, commit }
    counters.add('notice widened')
    return { delay, commit: 'all' }
  }

  return {
    arm(next) {
      if (next !== undefined && 'amid' in next) {
        armedAmid = next
        skips = next.skip ?? 0
      } else armed = next
      if (next === undefined) armedAmid = undefined
    },
    onAmid: (run) => {
      runAmid = run
    },
    faultAt,
    noticeOf,
  }
}
