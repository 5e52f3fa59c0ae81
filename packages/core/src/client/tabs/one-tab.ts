import { BehaviorSubject, Subject } from 'rxjs'
import type { Environment } from '../../base/environment.ts'
import { SyncError } from '../../base/errors.ts'
import { longestTimer } from '../../base/system-environment.ts'
import type { TabAsk, Tabs, TabSeat, TabTold } from './contract.ts'
import { channelTurn, type TurnMessage } from './channel-turn.ts'
import { receiveState, sendState, type SentState } from './sent-state.ts'
import { seatOf } from './seat-of.ts'
import { lockTurn, type LetGo, type LockManagerLike, type Turn } from './turn.ts'

/** What is used of a browser. A window has it all, and so has a worker. */
export interface TabsBrowser {
  readonly navigator?: { readonly locks?: LockManagerLike | undefined } | undefined
  readonly BroadcastChannel?: (new (name: string) => TabsChannel) | undefined
}

/** What is used of a `BroadcastChannel`. */
export interface TabsChannel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
}

export interface OneTabOptions {
  /** Milliseconds that the tab that syncs may take to hear another one, which then takes its place. Default 3,000. */
  readonly answerMs?: number | undefined
  /** Milliseconds between two looks of a tab that does not sync at whether the other one still does. Default 5,000. */
  readonly lookEvery?: number | undefined
  /** Default: the globals of this window or worker. */
  readonly browser?: TabsBrowser | undefined
}

type Message =
  | TurnMessage
  | { readonly kind: 'ask'; readonly number: string; readonly ask: TabAsk | undefined }
  | { readonly kind: 'heard'; readonly number: string }
  | { readonly kind: 'told'; readonly scope: string; readonly state: SentState }
  | { readonly kind: 'leads' }

/**
 * One of a browser's tabs and workers syncs a database, by a Web Lock. When it ends, or does not answer (it may be frozen),
 * another one does. Where there are no locks the tabs agree by messages; where there are no messages each syncs.
 * @throws SyncError MISCONFIGURED where a time is no whole number of milliseconds
 */
export const oneTabSyncs = (options: OneTabOptions = {}): Tabs => {
  checkTime('answerMs', options.answerMs)
  checkTime('lookEvery', options.lookEvery)
  return {
    join(name, environment) {
      const { navigator, BroadcastChannel }: TabsBrowser = options.browser ?? globalThis
      if (BroadcastChannel === undefined) return seatOf(alone())
      const channel = new BroadcastChannel(name)
      return seatOf(createSeat(channel, { ...options, name, environment, locks: navigator?.locks }))
    },
  }
}

const checkTime = (option: 'answerMs' | 'lookEvery', value: unknown): void => {
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= longestTimer) return
  throw new SyncError(
    'MISCONFIGURED',
    `oneTabSyncs: ${option} must be a whole number of milliseconds from 1 to ${longestTimer}.`,
    { option },
  )
}

interface SeatOptions extends OneTabOptions {
  readonly name: string
  readonly environment: Environment
  readonly locks: LockManagerLike | undefined
}

/** Without an ask: whether anybody hears. */
interface Question {
  readonly ask?: TabAsk
  readonly onHeard?: (() => void) | undefined
}

const createSeat = (channel: TabsChannel, options: SeatOptions): TabSeat => {
  const { name, environment, locks, answerMs = 3_000, lookEvery = 5_000 } = options
  const { timers, newId } = environment
  const isLeading = new BehaviorSubject(false)
  const asked = new Subject<TabAsk>()
  const told = new Subject<TabTold>()
  const turnMessages = new Subject<TurnMessage>()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel knows no other origin
  const post = (message: Message): void => channel.postMessage(message)
  const turn: Turn =
    locks === undefined
      ? channelTurn(newId(), { post, listen: (listener) => unsubscriber(turnMessages, listener) }, timers)
      : lockTurn(locks, name)

  /** What was asked and is not heard yet. */
  const unheard = new Map<string, Question>()
  let letGo: LetGo | undefined
  let isClosed = false
  let cancelAnswer = (): void => undefined
  let cancelLook = (): void => undefined

  const set = (leads: boolean): void => {
    if (isLeading.value !== leads) isLeading.next(leads)
  }

  const takeUnheard = (): readonly Question[] => {
    const all = [...unheard.values()]
    unheard.clear()
    for (const { onHeard } of all) onHeard?.()
    return all
  }

  const take = (how: 'wait' | 'steal'): void => {
    letGo?.()
    letGo = turn.take(how, {
      onTaken() {
        cancelAnswer()
        cancelLook()
        set(true)
        post({ kind: 'leads' })
        for (const { ask } of takeUnheard()) if (ask !== undefined) asked.next(ask)
      },
      onLost() {
        set(false)
        take('wait')
      },
    })
    if (how === 'wait') look()
  }

  /** Whoever leads may be frozen, and then nothing ends its turn. */
  const look = (): void => {
    cancelLook()
    cancelLook = timers.after(lookEvery, () => {
      ask({})
      look()
    })
  }

  const ask = (question: Question): void => {
    if (letGo === undefined) return question.onHeard?.()
    const number = newId()
    if (unheard.size === 0) awaitAnswer()
    unheard.set(number, question)
    post({ kind: 'ask', number, ask: question.ask })
  }

  const awaitAnswer = (): void => {
    cancelAnswer()
    cancelAnswer = timers.after(answerMs, () => {
      if (unheard.size > 0 && letGo !== undefined && !isLeading.value) take('steal')
    })
  }

  channel.addEventListener('message', ({ data: message }) => {
    // Whoever posts here is this code, in another tab of this origin.
    const data = message as Message
    switch (data.kind) {
      case 'ask':
        if (!isLeading.value) return
        post({ kind: 'heard', number: data.number })
        if (data.ask !== undefined) asked.next(data.ask)
        return
      case 'heard':
        unheard.get(data.number)?.onHeard?.()
        unheard.delete(data.number)
        if (unheard.size > 0) awaitAnswer()
        else cancelAnswer()
        return
      case 'told':
        if (!isLeading.value) told.next({ scope: data.scope, state: receiveState(data.state) })
        return
      case 'leads':
        // The one before may have ended with what it was asked.
        if (unheard.size > 0) awaitAnswer()
        for (const [number, { ask: asking }] of unheard) post({ kind: 'ask', number, ask: asking })
        return
      default:
        turnMessages.next(data)
    }
  })

  const leave = (): void => {
    cancelAnswer()
    cancelLook()
    takeUnheard()
    letGo?.()
    letGo = undefined
    set(false)
  }

  return {
    isLeading$: isLeading,
    isLeading: () => isLeading.value,
    contend() {
      if (letGo === undefined && !isClosed) take('wait')
    },
    isContending: () => letGo !== undefined,
    resign: leave,
    ask: (what, onHeard) => ask({ ask: what, onHeard }),
    asked$: asked,
    tell: ({ scope, state }) => post({ kind: 'told', scope, state: sendState(state) }),
    told$: told,
    close() {
      isClosed = true
      leave()
      channel.close()
      for (const subject of [isLeading, asked, told, turnMessages]) subject.complete()
    },
  }
}

const unsubscriber = <TValue>(values$: Subject<TValue>, listener: (value: TValue) => void): (() => void) => {
  const subscription = values$.subscribe(listener)
  return () => subscription.unsubscribe()
}

/** Nobody can be heard: each syncs. */
const alone = (): TabSeat => {
  const isLeading = new BehaviorSubject(true)
  const nothing = new Subject<never>()
  return {
    isLeading$: isLeading,
    isLeading: () => true,
    contend: () => undefined,
    isContending: () => true,
    resign: () => undefined,
    ask: (_ask, onHeard) => onHeard?.(),
    asked$: nothing,
    tell: () => undefined,
    told$: nothing,
    close() {
      isLeading.complete()
      nothing.complete()
    },
  }
}
