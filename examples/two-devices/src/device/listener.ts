import { definePlugin, type Plugin } from '@holdfast/core'
import type { Result } from '@holdfast/core/protocol'
import type { Verdict } from './calls.ts'

/** Keeps what the server answered until the story asks for it. */
export interface Listener {
  readonly plugin: Plugin
  readonly take: () => readonly Verdict[]
}

/** A plugin that only listens: `afterPush` is told each verdict and can't change any. */
export const createListener = (): Listener => {
  let heard: Verdict[] = []
  return {
    plugin: definePlugin({
      name: 'listener',
      hooks: {
        afterPush(results) {
          heard.push(...results.map(toVerdict))
        },
      },
    }),
    take() {
      const verdicts = heard
      heard = []
      return verdicts
    },
  }
}

const toVerdict = (result: Result): Verdict => {
  const { id: operationId, kind } = result
  switch (kind) {
    case 'merged':
      return { operationId, kind, fields: result.lost }
    case 'conflict':
      return { operationId, kind, fields: result.fields }
    case 'applied':
    case 'rejected':
    case 'aborted':
    case 'cancelled':
    case 'expired':
    case 'rebase':
    case 'duplicate':
    case 'retry':
      return { operationId, kind, fields: [] }
  }
}
