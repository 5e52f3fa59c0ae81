import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { firstSeed } from './first-seed.ts'
import { plantedBug } from './planted/bugs.ts'
import { paramsSchema, readReplay, type Replay } from './replay.ts'
import { storesNames, type StoresName } from './stores/stores.ts'
import type { SwarmChanges } from './world/swarm.ts'

export type SimOptions =
  | {
      readonly kind: 'seeds'
      readonly first: number
      readonly count: number
      readonly cores: number
      readonly stores: StoresName
      /** Set by hand in each fresh world. */
      readonly params?: SwarmChanges
      /** Looks for smaller worlds that fail as well. */
      readonly shrinks: boolean
    }
  /** One world, to be looked at. */
  | {
      readonly kind: 'replay'
      readonly replay: Replay
      readonly traceFile: string | undefined
      readonly shrinks: boolean
    }
  /** What was written before: of a world, which is run again, or of a real client, which is checked. */
  | { readonly kind: 'trace'; readonly file: string }

const wholeNumber = (option: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw new Error(`--${option} ${text} is not a whole number.`)
}

const storesOf = (text: string): StoresName => {
  const found = storesNames.find((name) => name === text)
  if (found !== undefined) return found
  throw new Error(`--stores is one of ${storesNames.join(', ')}.`)
}

/** @throws Error with what is wrong */
export const readOptions = (args: readonly string[], replayOf: (seed: number) => Replay): SimOptions => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      cores: { type: 'string' },
      stores: { type: 'string' },
      bug: { type: 'string' },
      replay: { type: 'string' },
      params: { type: 'string' },
      trace: { type: 'string' },
      shrink: { type: 'boolean', default: true },
    },
  })
  const { trace, ...others } = values
  // Whoever names a world wants it written.
  const namesWorld = [others.seed, others.replay, others.bug, others.seeds].some(
    (value) => value !== undefined,
  )
  if (trace !== undefined && !namesWorld) return { kind: 'trace', file: trace }
  const stores = values.stores === undefined ? undefined : storesOf(values.stores)
  const first = values.seed === undefined ? firstSeed() : wholeNumber('seed', values.seed)
  const params = values.params === undefined ? {} : { params: paramsSchema.parse(JSON.parse(values.params)) }
  const count = wholeNumber('seeds', values.seeds ?? (values.trace === undefined ? '100' : '1'))
  const isOne = values.replay !== undefined || values.bug !== undefined || values.trace !== undefined
  if (isOne || (count === 1 && values.seed !== undefined)) {
    const replay = values.replay === undefined ? replayOf(first) : readReplay(values.replay)
    const bug = values.bug === undefined ? undefined : plantedBug(values.bug).name
    return {
      kind: 'replay',
      replay: {
        ...replay,
        ...params,
        ...(bug === undefined ? {} : { bug }),
        ...(stores === undefined ? {} : { stores }),
      },
      traceFile: values.trace,
      // What is replayed was made small before.
      shrinks: values.shrink && values.replay === undefined,
    }
  }
  const cores = wholeNumber('cores', values.cores ?? String(availableParallelism()))
  return {
    kind: 'seeds',
    first,
    count,
    cores,
    stores: stores ?? 'memory',
    ...params,
    shrinks: values.shrink,
  }
}
