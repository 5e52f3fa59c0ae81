import { recordKey } from '../keys.ts'
import type { OperationDraft } from '../enqueue.ts'
import type { Remade } from './remade.ts'

/** What plugins say of an operation that an answer makes: its marks, or why it may not be made. */
type Marking =
  | { readonly kind: 'marked'; readonly marks: string | undefined }
  | { readonly kind: 'refused'; readonly error: unknown }

/** @returns the marks, in the portable codec. Rejects where the answer is refused */
export type MarkAnswer = (draft: OperationDraft) => Promise<string | undefined>

/** The result; or plugins have to be asked about these first. */
type Attempt<TResult> =
  | { readonly kind: 'done'; readonly result: TResult }
  | { readonly kind: 'unmarked'; readonly drafts: ReadonlyMap<string, OperationDraft> }

/** By what they take the place of: the same however often the answer is made. */
type Markings = ReadonlyMap<string, Marking>

const keyOf = (draft: OperationDraft, { supersedes }: Remade): string =>
  [recordKey(draft), draft.type, ...supersedes.map(({ id }) => id)].join(' ')

/** Those about which the plugins were not asked yet, by key. */
export const unmarkedIn = (remade: readonly Remade[], known: Markings): ReadonlyMap<string, OperationDraft> =>
  new Map(
    remade.flatMap((one) =>
      one.draft === undefined || known.has(keyOf(one.draft, one))
        ? []
        : [[keyOf(one.draft, one), one.draft] as const],
    ),
  )

/** @throws what a plugin refused one of them with */
export const withMarks = (remade: readonly Remade[], known: Markings): readonly Remade[] =>
  remade.map((one) => {
    if (one.draft === undefined) return one
    const marking = known.get(keyOf(one.draft, one))
    if (marking?.kind === 'refused') throw marking.error
    return marking === undefined ? one : { ...one, draft: { ...one.draft, marks: marking.marks } }
  })

/** Tries again once plugins said what they have to say of what was found meanwhile. */
export const withMarkings = async <TResult>(
  mark: MarkAnswer | undefined,
  attempt: (known: Markings) => Promise<Attempt<TResult>>,
): Promise<TResult> => {
  const markings = new Map<string, Marking>()
  for (;;) {
    const outcome = await attempt(markings)
    if (outcome.kind === 'done') return outcome.result
    for (const [key, draft] of outcome.drafts) markings.set(key, await markingOf(draft, mark))
  }
}

const markingOf = async (draft: OperationDraft, mark: MarkAnswer | undefined): Promise<Marking> => {
  try {
    return { kind: 'marked', marks: mark === undefined ? draft.marks : await mark(draft) }
  } catch (error) {
    return { kind: 'refused', error }
  }
}
