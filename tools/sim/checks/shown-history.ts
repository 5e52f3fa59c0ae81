import { unsaid } from '../model/text-kind.ts'
import { canonical, reshaped, type Data } from '../model/values.ts'

/** What a device has shown at each of its revisions, one text per view. */
export interface ShownHistory {
  /** The view is so from this revision on. */
  readonly add: (view: string, revision: number, text: string) => void
  /**
   * The first place at or after `from` where the view was so, and still was at `revision`; undefined where it
   * never was.
   */
  readonly find: (view: string, text: string, from: number, revision: number) => number | undefined
  readonly latest: (view: string) => string | undefined
  /** Whether there was nothing in the view up to this revision. */
  readonly wasEmptyAt: (view: string, revision: number) => boolean
  /** Rises with each change of any view. */
  readonly changes: () => number
}

/** Whether a view that shows `text` shows what it should; of some texts it is not said what they are. */
export const isSaid = (wanted: string | undefined, text: string): boolean =>
  wanted === text ||
  (wanted?.includes(`:"${unsaid}"`) === true && withoutTexts(wanted) === withoutTexts(text))

/** The texts had a part in the order of the records. */
const withoutTexts = (text: string): string =>
  text
    .replaceAll(/"(?:body|script)":"(?:[^"\\]|\\.)*"/g, '')
    .split('\n')
    .sort()
    .join('\n')

/** The view of all records of a collection in one scope: a head is one scope's, and so is what fits together. */
export const listName = (collection: string, scope: string): string => `${collection} in ${scope}`

export const textOfList = (records: readonly Data[]): string =>
  records
    .map((record) => canonical(reshaped(record)))
    .sort()
    .join('\n')

export const createShownHistory = (): ShownHistory => {
  let changes = 0
  const histories = new Map<string, { readonly revision: number; readonly text: string }[]>()
  const of = (view: string): { readonly revision: number; readonly text: string }[] => {
    const known = histories.get(view) ?? []
    histories.set(view, known)
    return known
  }
  return {
    add(view, revision, text) {
      const history = of(view)
      if (history.at(-1)?.text === text) return
      history.push({ revision, text })
      changes += 1
    },
    find(view, text, from, revision) {
      const history = of(view)
      for (let index = from; index < history.length; index += 1) {
        const end = history[index + 1]?.revision ?? Number.POSITIVE_INFINITY
        if (isSaid(history[index]?.text, text) && end > revision) return index
      }
      return undefined
    },
    changes: () => changes,
    latest: (view) => of(view).at(-1)?.text,
    wasEmptyAt: (view, revision) => (of(view)[0]?.revision ?? Number.POSITIVE_INFINITY) > revision,
  }
}
