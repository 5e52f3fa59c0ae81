import type { Connectivity, Probe } from '@holdfast/core'
import type { Subscription } from 'rxjs'
import type { ManualEnvironment } from '../support/manual-environment.ts'

export interface Listening {
  readonly heard: readonly boolean[]
  readonly stop: () => void
}

export const listen = ({ online$ }: Connectivity): Listening => {
  const heard: boolean[] = []
  const subscription: Subscription = online$.subscribe((online) => heard.push(online))
  return { heard, stop: () => subscription.unsubscribe() }
}

/** Lets everything settle that waits for promises only. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Asked {
  readonly signal: AbortSignal
  readonly answer: (online: boolean) => void
  readonly fail: (error: unknown) => void
}

/** A probe whose answers a test gives by hand. */
export const manualProbe = () => {
  const asked: Asked[] = []
  return {
    asked,
    probe: (signal: AbortSignal): Promise<boolean> =>
      new Promise((answer, fail) => {
        asked.push({ signal, answer, fail })
      }),
    /** Answers the latest question. */
    async answer(online: boolean): Promise<void> {
      asked.at(-1)?.answer(online)
      await settle()
    },
  }
}

/** Chromium's Network Information API: it says, and tells of each change. */
export const fakeConnection = (initial: { readonly saveData?: boolean; readonly type?: string } = {}) => {
  const listeners = new Set<() => void>()
  const connection = {
    ...initial,
    listeners,
    addEventListener: (_type: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => void listeners.delete(listener),
    say(next: { readonly saveData?: boolean; readonly type?: string }) {
      Object.assign(connection, next)
      for (const listener of listeners) listener()
    },
  }
  return connection
}

type Listener = (event: object) => void

/** A browser's window as far as networks are concerned. */
export const fakeWindow = (onLine = true) => {
  const listeners = new Set<readonly [string, Listener]>()
  const navigator = { onLine }
  return {
    navigator,
    listeners,
    addEventListener: (type: string, listener: Listener) => void listeners.add([type, listener]),
    removeEventListener(type: string, listener: Listener) {
      for (const each of listeners) if (each[0] === type && each[1] === listener) listeners.delete(each)
    },
    /** Changes what the browser says, and tells of it. */
    say(online: boolean) {
      navigator.onLine = online
      for (const [type, listener] of listeners) if (type === (online ? 'online' : 'offline')) listener({})
    },
    /** Shows the page: one that was left and is come back to, or one that was loaded. */
    show(persisted: boolean) {
      for (const [type, listener] of listeners) if (type === 'pageshow') listener({ persisted })
    },
  }
}

/** A real probe, which is waited for by its answers; time stands still meanwhile. */
export const steppedProbe = (environment: ManualEnvironment, ask: Probe) => {
  let underWay: Promise<unknown> = Promise.resolve()
  const settled = async (): Promise<void> => {
    await underWay
    await settle()
  }
  return {
    probe: (signal: AbortSignal): Promise<boolean> => {
      const asked = ask(signal)
      underWay = asked.catch(() => undefined)
      return asked
    },
    settled,
    /** Moves on to the next timer, and waits for what it asks. */
    async next(): Promise<void> {
      await settled()
      environment.advance(environment.waits()[0] ?? 0)
      await settled()
    },
  }
}
