import { systemEnvironment } from '@holdfast/core'
import type { BroadcastListener, Broadcaster, Hint } from '../broadcaster.ts'

/** One who listens, and what it heard. */
export interface Ear extends BroadcastListener {
  readonly heads: ReadonlyMap<string, number>
  readonly hints: readonly Hint[]
  readonly gaps: () => number
  readonly closes: () => number
}

export const createEar = (): Ear => {
  const hints: Hint[] = []
  const heads = new Map<string, number>()
  let gaps = 0
  let closes = 0
  return {
    hints,
    heads,
    gaps: () => gaps,
    closes: () => closes,
    onHint(hint) {
      hints.push(hint)
      heads.set(hint.scope, Math.max(hint.head, heads.get(hint.scope) ?? 0))
    },
    onGap() {
      gaps += 1
    },
    onClose() {
      closes += 1
    },
  }
}

export const listen = (broadcaster: Broadcaster): Ear => {
  const ear = createEar()
  broadcaster.subscribe(ear)
  return ear
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    systemEnvironment.timers.after(ms, resolve)
  })

const patience = 10_000

/** Waits until it is so. @throws Error when it is not after ten seconds */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const end = systemEnvironment.clock.monotonic() + patience
  while (!isSo()) {
    if (systemEnvironment.clock.monotonic() > end) throw new Error(`It never came to this: ${what}.`)
    await pause(5)
  }
}

/** Hints may be lost until everybody listens: says this one until all have heard it. */
export const acquaint = async (broadcaster: Broadcaster, ears: readonly Ear[]): Promise<void> => {
  for (let head = 1; !ears.every(({ heads }) => heads.has('$hello')); head += 1) {
    if (head > 1_000) throw new Error('Not everybody heard a hint.')
    broadcaster.publish({ scope: '$hello', head })
    await pause(10)
  }
}
