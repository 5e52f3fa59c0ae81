import { hasCode, isSyncError, SyncError, type Transport } from '@holdfast/core'
import type { PushAnswer, PushInput, Result, WireOperation } from '@holdfast/core/protocol'
import type { PlantedBug } from './planted-bug.ts'
import { withTransport, type Plants } from './plants.ts'

/** An answer that no server gave. */
const invented = ({ operations, cursor }: PushInput, toResult: (id: string) => Result): PushAnswer => ({
  kind: 'answer',
  results: operations.map(({ id }) => toResult(id)),
  resumeToken: '',
  decided: { watermark: 0, above: [] },
  serverTime: 1_750_000_000_000,
  page: { changes: [], cursor, hasMore: true, head: 0 },
})

const asApplied = (id: string): Result => ({ id, kind: 'applied', version: 1 })
const asRefused = (id: string): Result => ({
  id,
  kind: 'rejected',
  code: 'FORBIDDEN_OR_MISSING',
  message: 'The server said no.',
})

/** Every operation counts as applied once it is sent. */
const believesAtSend = (): Plants =>
  withTransport((transport) => ({
    ...transport,
    async push(input, options) {
      transport.push(input, options).catch(() => undefined)
      return invented(input, asApplied)
    },
  }))

/** A failure of the request is taken for a word on each operation. */
const takingFor = (code: 'AUTH_REQUIRED' | 'BAD_ANSWER', toResult: (id: string) => Result) => (): Plants =>
  withTransport((transport) => ({
    ...transport,
    push: (input, options) =>
      transport.push(input, options).catch((error: unknown) => {
        if (!hasCode(error, code)) throw error
        return invented(input, toResult)
      }),
  }))

/** Nobody hears how long the server wants to be left alone. */
const ignoresRetryAfter = (): Plants => {
  const forget = (error: unknown): never => {
    if (!isSyncError(error)) throw error
    throw new SyncError('SERVER_FAILED', error.message, { status: 503 })
  }
  const isAsked = (error: unknown): boolean =>
    isSyncError(error) && 'retryAfterMs' in error.details && error.details.retryAfterMs !== undefined
  const passOn = (error: unknown): never => {
    if (isAsked(error)) forget(error)
    throw error
  }
  return withTransport((transport): Transport => ({
    ...transport,
    push: (input, options) => transport.push(input, options).catch(passOn),
    pull: (input, options) => transport.pull(input, options).catch(passOn),
    snapshot: (input, options) => transport.snapshot(input, options).catch(passOn),
  }))
}

/** What is sent again carries the time of its sending. */
const correctsSentTimes = (): Plants => {
  const sent = new Set<string>()
  return withTransport((transport) => ({
    ...transport,
    push: (input, options) =>
      transport.push(
        {
          ...input,
          operations: input.operations.map((operation) => {
            const isAgain = sent.has(operation.id)
            sent.add(operation.id)
            return isAgain ? { ...operation, timestamp: operation.timestamp + 1 } : operation
          }),
        },
        options,
      ),
  }))
}

const changingSent = (change: (operation: WireOperation) => WireOperation): Plants =>
  withTransport((transport) => ({
    ...transport,
    push: (input, options) => transport.push({ ...input, operations: input.operations.map(change) }, options),
  }))

/** What is sent claims to know the newest version, and is always told so. */
const sendsNewestBase = (): Plants => {
  const newest = new Map<string, number>()
  const sent = new Map<string, number>()
  const plants = changingSent((operation) => {
    const seen = newest.get(`${operation.collection}/${operation.recordId}`) ?? 0
    const baseVersion = sent.get(operation.id) ?? Math.max(operation.baseVersion, seen)
    sent.set(operation.id, baseVersion)
    return { ...operation, baseVersion }
  })
  return {
    ...plants,
    transport(transport, tab) {
      const changed = plants.transport(transport, tab)
      return {
        ...changed,
        async push(input, options) {
          const answer = await changed.push(input, options)
          for (const { collection, id, version } of answer.page.changes)
            newest.set(`${collection}/${id}`, version)
          return answer
        },
      }
    },
  }
}

/** Of an edit of several fields, the first one arrives. */
const losesFields = (): Plants =>
  changingSent((operation) => {
    if (operation.type !== 'update') return operation
    const fields = Object.entries(JSON.parse(operation.payload) as object)
    return { ...operation, payload: JSON.stringify(Object.fromEntries(fields.slice(0, 1))) }
  })

/** Results are given to the operations of a batch from behind. */
const mixesResults = (): Plants =>
  withTransport((transport) => ({
    ...transport,
    async push(input, options) {
      const answer = await transport.push(input, options)
      const mixed = answer.results.toReversed()
      const results = answer.results.map((result, index): Result => ({
        ...(mixed[index] ?? result),
        id: result.id,
      }))
      return { ...answer, results }
    },
  }))

/** Bugs between the engine and the network. */
export const transportBugs: readonly PlantedBug[] = [
  { name: 'an operation counts as applied when it is sent', plants: believesAtSend },
  {
    name: 'a 401 ends an operation',
    plants: takingFor('AUTH_REQUIRED', asRefused),
    changes: { network: { foreign: { none: 1, 401: 0.1, 429: 0, 503: 0, html: 0 } } },
  },
  {
    name: 'a page of a captive portal counts as an answer',
    plants: takingFor('BAD_ANSWER', asApplied),
    changes: { network: { foreign: { none: 1, 401: 0, 429: 0, 503: 0, html: 0.1 } } },
  },
  {
    name: 'nobody waits as long as the server asks',
    plants: ignoresRetryAfter,
    changes: { network: { foreign: { none: 1, 401: 0, 429: 0.15, 503: 0.15, html: 0 } } },
  },
  { name: 'an operation is sent as if made on the newest version', plants: sendsNewestBase },
  { name: 'an operation loses fields on its way out', plants: losesFields },
  { name: 'operations get the results of others', plants: mixesResults },
  { name: 'an operation that is sent again has another time', plants: correctsSentTimes },
]
