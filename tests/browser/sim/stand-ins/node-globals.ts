import { standInBuffer } from './node-buffer.ts'

/** The globals of Node that the simulation uses, in a worker of a browser. Imported before anything that uses them. */
type Listener = (error: unknown) => void
type Crash = 'unhandledRejection' | 'uncaughtException'

const channel = new MessageChannel()
const waiting: (() => void)[] = []
channel.port1.addEventListener('message', () => waiting.shift()?.())
channel.port1.start()

/** A task of its own: all promise callbacks come before it, as in Node. */
const setImmediate = (run: () => void): void => {
  waiting.push(run)
  channel.port2.postMessage(undefined)
}

const eventOf = { unhandledRejection: 'unhandledrejection', uncaughtException: 'error' } as const

const listening = new Map<Listener, (event: Event) => void>()

const process = {
  env: {},
  on(crash: Crash, listener: Listener): void {
    const heard = (event: Event): void => {
      event.preventDefault()
      listener(event instanceof PromiseRejectionEvent ? event.reason : (event as ErrorEvent).error)
    }
    listening.set(listener, heard)
    globalThis.addEventListener(eventOf[crash], heard)
  },
  off(crash: Crash, listener: Listener): void {
    const heard = listening.get(listener)
    if (heard !== undefined) globalThis.removeEventListener(eventOf[crash], heard)
    listening.delete(listener)
  },
}

Object.assign(globalThis, { Buffer: standInBuffer, setImmediate, process })
