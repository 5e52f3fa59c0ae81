import type { Timers } from '../../base/environment.ts'
import type { Turn } from './turn.ts'

/** How long somebody who has the turn may take to say so. */
const answerMs = 300

export type TurnMessage =
  /** Who has it? */
  | { readonly kind: 'who'; readonly from: string }
  /** `from` has it. `stolen`: whoever else has it gives it up; else the one with the smaller name keeps it. */
  | { readonly kind: 'mine'; readonly from: string; readonly stolen?: true }
  | { readonly kind: 'free'; readonly from: string }

export interface TurnChannel {
  readonly post: (message: TurnMessage) => void
  readonly listen: (listener: (message: TurnMessage) => void) => () => void
}

/**
 * For browsers without locks: who hears nobody has the turn. Two may have it for a moment, and a tab that ends without a word
 * is missed only when it is asked for something.
 */
export const channelTurn = (own: string, channel: TurnChannel, timers: Timers): Turn => ({
  take(how, { onTaken, onLost }) {
    let has = false
    let cancel = (): void => undefined
    const have = (isStolen: boolean): void => {
      has = true
      channel.post(isStolen ? { kind: 'mine', from: own, stolen: true } : { kind: 'mine', from: own })
      onTaken()
    }
    const ask = (): void => {
      channel.post({ kind: 'who', from: own })
      cancel()
      cancel = timers.after(answerMs, () => have(false))
    }
    const end = channel.listen((message) => {
      switch (message.kind) {
        case 'who':
          if (has) channel.post({ kind: 'mine', from: own })
          return
        case 'mine':
          if (!has) return cancel()
          if (message.stolen !== true && message.from > own) return channel.post({ kind: 'mine', from: own })
          has = false
          return onLost()
        case 'free':
          if (!has) ask()
      }
    })
    if (how === 'steal') have(true)
    else ask()
    return () => {
      cancel()
      end()
      if (has) channel.post({ kind: 'free', from: own })
      has = false
    }
  },
})
