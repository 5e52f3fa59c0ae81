import { encodePortable } from '../../base/codec.ts'
import type { Portable } from '../../base/portable.ts'
import { recordKey } from '../keys.ts'
import type { OperationDraft } from '../enqueue.ts'
import { valueIn, withValue } from './answer-value.ts'
import type { Remade } from './remade.ts'

/** What plugins make of an operation that an answer makes. */
export interface Prepared {
  /** In the portable codec. */
  readonly marks: string | undefined
  /** In the place of what was written; it is still to be checked. */
  readonly value: unknown
}

/** An operation that an answer makes; `value`: what the answer writes, undefined for what is made again as it was. */
export interface Unprepared {
  readonly draft: OperationDraft
  readonly value: Portable | undefined
}

/** Rejects where the answer is refused. */
export type PrepareAnswer = (made: Unprepared) => Promise<Prepared>

type Preparing =
  | ({ readonly kind: 'prepared' } & Prepared)
  | { readonly kind: 'refused'; readonly error: unknown }

/** The result; or plugins have to be asked about these first. */
type Attempt<TResult> =
  | { readonly kind: 'done'; readonly result: TResult }
  | { readonly kind: 'unprepared'; readonly made: ReadonlyMap<string, Unprepared> }

/** By what they are and take the place of: the same however often the answer is made. */
type Preparations = ReadonlyMap<string, Preparing>

const keyOf = ({ draft, value }: Unprepared, { supersedes }: Remade): string =>
  [recordKey(draft), draft.type, ...supersedes.map(({ id }) => id), encodePortable(value ?? null)].join(' ')

const toUnprepared = ({ draft, answerIn }: Remade): Unprepared | undefined =>
  draft && { draft, value: answerIn && valueIn(answerIn, draft) }

/** Those about which the plugins were not asked yet, by key. */
export const unpreparedIn = (
  remade: readonly Remade[],
  known: Preparations,
): ReadonlyMap<string, Unprepared> =>
  new Map(
    remade.flatMap((one) => {
      const made = toUnprepared(one)
      return made === undefined || known.has(keyOf(made, one)) ? [] : [[keyOf(made, one), made] as const]
    }),
  )

/** @throws SyncError INVALID, TOO_LARGE (what a plugin made of one of them), what a plugin refused one of them with */
export const withPrepared = (remade: readonly Remade[], known: Preparations): readonly Remade[] =>
  remade.map((one) => {
    const made = toUnprepared(one)
    const preparing = made && known.get(keyOf(made, one))
    if (made === undefined || preparing === undefined) return one
    if (preparing.kind === 'refused') throw preparing.error
    const { marks, value } = preparing
    const draft = one.answerIn === undefined ? made.draft : withValue(one.answerIn, made.draft, value)
    return { ...one, draft: { ...draft, marks } }
  })

/** Tries again once plugins said what they have to say of what was found meanwhile. */
export const withPreparations = async <TResult>(
  prepare: PrepareAnswer | undefined,
  attempt: (known: Preparations) => Promise<Attempt<TResult>>,
): Promise<TResult> => {
  const preparations = new Map<string, Preparing>()
  for (;;) {
    const outcome = await attempt(preparations)
    if (outcome.kind === 'done') return outcome.result
    for (const [key, made] of outcome.made) preparations.set(key, await preparingOf(made, prepare))
  }
}

const preparingOf = async (made: Unprepared, prepare: PrepareAnswer | undefined): Promise<Preparing> => {
  const asItIs = { marks: made.draft.marks, value: made.value }
  try {
    return { kind: 'prepared', ...(prepare === undefined ? asItIs : await prepare(made)) }
  } catch (error) {
    return { kind: 'refused', error }
  }
}
