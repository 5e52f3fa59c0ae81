import { isSyncError } from '@holdfast/core'
import { errorToRefusal, type LiveEvent } from '@holdfast/core/protocol'
import { bindingOf, callerOf } from '../procedures/access.ts'
import { serverFailed } from '../procedures/answering.ts'
import type { Deps } from '../procedures/deps.ts'
import { readInput } from '../procedures/envelope.ts'
import { findPlace } from './find-place.ts'
import type { LiveHub } from './live-hub.ts'
import type { News } from './news.ts'

interface LiveDeps<TContext, TDatabase> extends Deps<TContext, TDatabase> {
  readonly hub: LiveHub
}

/**
 * Tells when the scopes' feeds move. Listens before it looks where they stand, so nothing is missed in between. Whether the
 * caller may read is asked again at least every `limits.liveCheckMs`. Ends by itself, and the client comes back.
 */
export async function* live<TContext, TDatabase>(
  deps: LiveDeps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent, void, undefined> {
  try {
    yield* telling(deps, ctx, input, signal)
  } catch (error) {
    yield errorToRefusal(isSyncError(error) ? error : serverFailed(deps, 'live failed.', error))
  }
}

/** Clients that were told to come back at one moment would all come then. */
const spread = 30_000

async function* telling<TContext, TDatabase>(
  deps: LiveDeps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent, void, undefined> {
  const { environment, limits } = deps.options
  const { clock, random } = environment
  const user = callerOf(deps, ctx)
  const { clientId, scopes } = readInput('live', input)
  const open = new Set(scopes)
  const { news, close } = await findPlace(() => deps.hub.open(user, [...open]), environment, signal)
  const onAbort = (): void => news.close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const endsAt = clock.monotonic() + limits.liveMs * (0.75 + 0.25 * random.next())
    let checkedAt = Number.NEGATIVE_INFINITY
    yield { kind: 'open', beatMs: limits.liveBeatMs }
    while (!news.isClosed() && !signal.aborted && clock.monotonic() < endsAt && open.size > 0) {
      const taken = news.take()
      if (clock.monotonic() - checkedAt >= limits.liveCheckMs) {
        const gone = await findGone(deps, ctx, { user, clientId, open })
        checkedAt = clock.monotonic()
        for (const scope of gone) {
          open.delete(scope)
          yield { kind: 'closed', scope }
        }
      }
      for (const [scope, head] of taken) {
        if (open.has(scope)) yield { kind: 'hint', scope, head: head ?? (await headOf(deps, scope)) }
      }
      const rest = Math.min(
        limits.liveBeatMs,
        endsAt - clock.monotonic(),
        checkedAt + limits.liveCheckMs - clock.monotonic(),
      )
      if (!(await somethingNew(deps, news, rest))) yield { kind: 'beat' }
    }
    if (!signal.aborted)
      yield { kind: 'end', retryAfterMs: news.isClosed() ? Math.round(random.next() * spread) : 0 }
  } finally {
    signal.removeEventListener('abort', onAbort)
    close()
  }
}

/** False once the time is over. */
const somethingNew = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  news: News,
  ms: number,
): Promise<boolean> =>
  new Promise((resolve) => {
    const cancel = options.environment.timers.after(Math.max(0, ms), () => {
      news.whenever(() => undefined)
      resolve(false)
    })
    news.whenever(() => {
      cancel()
      resolve(true)
    })
  })

/** Those of the scopes that the caller may not read. */
const findGone = async <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  ctx: TContext,
  {
    user,
    clientId,
    open,
  }: { readonly user: string; readonly clientId: string; readonly open: ReadonlySet<string> },
): Promise<readonly string[]> => {
  const [first = ''] = open
  return options.store.read(first, async (tx) => {
    await bindingOf(tx, clientId, user)
    const allowed = new Set(await options.scopes(ctx, tx.database))
    return [...open].filter((scope) => !allowed.has(scope))
  })
}

const headOf = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  scope: string,
): Promise<number> => options.store.read(scope, async (tx) => tx.state.head)
