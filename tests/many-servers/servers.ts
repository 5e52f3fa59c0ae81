import { setTimeout as pause } from 'node:timers/promises'
import type { SeededRandom } from '@holdfast/core/testing'
import { spawnChild, type Child } from '../harness/child.ts'
import type { Gate } from '../kills/gate.ts'
import type { ServerProcessOptions } from './children/server-process.ts'

export interface ServersOptions {
  readonly server: ServerProcessOptions
  readonly gate: Gate
  readonly processes: number
  /** How long one of them lives, in milliseconds: the shortest and the longest. */
  readonly livesMs: readonly [number, number]
  readonly random: SeededRandom
}

export interface Servers extends AsyncDisposable {
  /** No further kill; resolves once all of them serve. @returns how many were killed */
  readonly spare: () => Promise<number>
}

/** At each place one process after the other, killed at a random moment. */
export const runServers = async (options: ServersOptions): Promise<Servers> => {
  const { server, gate, processes, livesMs, random } = options
  const spared = new AbortController()
  const alive = new Set<Child>()
  let kills = 0

  const start = async (): Promise<{ readonly child: Child; readonly url: string }> => {
    const child = spawnChild(`${import.meta.dirname}/children/server-process.ts`, JSON.stringify(server))
    alive.add(child)
    const url = await child.firstLine()
    gate.open(url)
    return { child, url }
  }

  const runPlace = async (place: SeededRandom, first: ReturnType<typeof start>): Promise<void> => {
    let { child, url } = await first
    for (;;) {
      await pause(place.between(...livesMs), undefined, { signal: spared.signal }).catch(() => undefined)
      if (spared.signal.aborted) return
      await child.kill()
      alive.delete(child)
      gate.shut(url)
      kills += 1
      ;({ child, url } = await start())
    }
  }

  const firsts = Array.from({ length: processes }, start)
  const running = Promise.all(firsts.map((first, place) => runPlace(random.fork(`place ${place}`), first)))
  await Promise.all(firsts)
  return {
    async spare() {
      spared.abort()
      await running
      return kills
    },
    async [Symbol.asyncDispose]() {
      spared.abort()
      await running
      for (const child of alive) await child[Symbol.asyncDispose]()
    },
  }
}
