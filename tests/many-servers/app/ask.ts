import { hasCode, isSyncError, type Transport } from '@holdfast/core'
import type { PushAnswer, PushInput } from '@holdfast/core/protocol'
import { trpcTransport } from '@holdfast/core/trpc'
import type { SeededRandom } from '@holdfast/core/testing'
import { foreignScopesOf } from './schema.ts'

/** What all devices together heard of the servers. */
export interface Heard {
  /** The verdict on each operation, however often it was told. */
  readonly verdicts: Map<string, string>
  /** Verdicts that were told more than once. */
  again: number
  /** Pushes that were sent twice at once, or a second time later. */
  copies: number
  failed: Readonly<Record<string, number>>
  readonly violations: string[]
  /** Late copies under way. */
  readonly late: Set<Promise<void>>
  /** Called with how long an answered push took. */
  onPush: (ms: number) => void
}

export const createHeard = (): Heard => ({
  verdicts: new Map(),
  again: 0,
  copies: 0,
  failed: {},
  violations: [],
  late: new Set(),
  onPush: () => undefined,
})

/** What is stored of a verdict: the same for each copy of its operation. */
export const textOfVerdict = (verdict: Record<string, unknown>): string => {
  const { kind, version, lost, fields, code, reason, cause } = verdict
  return JSON.stringify({ kind, version, lost, fields, code, reason, cause })
}

const note = (heard: Heard, { results }: PushAnswer): void => {
  for (const result of results) {
    if (result.kind === 'retry') continue
    const text = textOfVerdict(result.kind === 'duplicate' ? result.verdict : result)
    const before = heard.verdicts.get(result.id)
    if (before !== undefined) heard.again += 1
    if (before !== undefined && before !== text)
      heard.violations.push(`${result.id} was answered with ${before}, and later with ${text}`)
    heard.verdicts.set(result.id, text)
  }
}

export interface AskOptions {
  readonly url: string
  readonly user: string
  readonly random: SeededRandom
  readonly heard: Heard
}

const share = { twice: 0.04, later: 0.03 }
const lateMs = 1_500

/** The way to the servers. Some pushes are sent twice at once, and some once more later, to whichever server comes next. */
export const createAsk = ({ url, user, random, heard }: AskOptions): Transport => {
  const transport = trpcTransport({ url, path: '', headers: () => ({ authorization: user }) })
  const foreign = foreignScopesOf(user)

  const checked = async <TAnswer>(asking: Promise<TAnswer>): Promise<TAnswer> => {
    const answer = await asking.catch((error: unknown) => {
      const code = isSyncError(error) ? error.code : String(error)
      heard.failed = { ...heard.failed, [code]: (heard.failed[code] ?? 0) + 1 }
      throw error
    })
    const text = JSON.stringify(answer)
    for (const scope of foreign)
      if (text.includes(scope)) heard.violations.push(`${user} was told of ${scope}: ${text}`)
    return answer
  }

  const send = async (input: PushInput, signal: AbortSignal): Promise<PushAnswer> => {
    const start = performance.now()
    const answer = await checked(transport.push(input, { signal }))
    heard.onPush(performance.now() - start)
    note(heard, answer)
    return answer
  }

  const sendLater = (input: PushInput): void => {
    const late = new Promise<void>((resolve) => void setTimeout(resolve, lateMs))
      .then(() => send(input, new AbortController().signal))
      .then(
        () => undefined,
        (error: unknown) => {
          if (!hasCode(error, 'NETWORK_UNREACHABLE') && !hasCode(error, 'SERVER_FAILED'))
            heard.violations.push(`a late copy of ${user} was answered with ${String(error)}`)
        },
      )
      .finally(() => heard.late.delete(late))
    heard.late.add(late)
  }

  return {
    ...transport,
    async push(input, { signal }) {
      const way = random.weighted({ once: 1 - share.twice - share.later, ...share })
      if (way !== 'once' && input.operations.length > 0) heard.copies += 1
      if (way === 'later') sendLater(input)
      if (way !== 'twice') return send(input, signal)
      const [first, second] = await Promise.allSettled([send(input, signal), send(input, signal)])
      const [answered, other] = first.status === 'fulfilled' ? [first, second] : [second, first]
      if (answered.status === 'fulfilled') return answered.value
      throw other.status === 'rejected' ? other.reason : answered.reason
    },
    pull: (input, options) => checked(transport.pull(input, options)),
    snapshot: (input, options) => checked(transport.snapshot(input, options)),
    resume: (input, options) => checked(transport.resume(input, options)),
    preflight: (input, options) => checked(transport.preflight(input, options)),
  }
}
