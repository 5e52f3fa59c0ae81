import {
  collection,
  defineField,
  defineSchema,
  fieldMerge,
  SyncError,
  type DeletePolicy,
  type FieldType,
  type Portable,
} from '@holdfast/core'
import { z } from 'zod'

/** A text, and the version of the record that its author saw. */
type Placed = { readonly at: number; readonly text: string }

const textOf = (value: Portable): string => (typeof value === 'string' ? value : '')

/** It has a place only on that very version; `never` has none at all. Anything else has to be made again. */
const checkPlace = (
  { at, text }: Placed,
  { version, replaying }: { readonly version: number; readonly replaying: boolean },
): void => {
  if (replaying || (at === version - 1 && !text.includes('never'))) return
  throw new SyncError('MISSING_DEPENDENCY', 'Too much happened since.', { path: 'text' })
}

/** Text that only grows. */
export const lines: FieldType<Placed> & { readonly name: 'lines' } = {
  name: 'lines',
  empty: { value: '' },
  ignoresTime: true,
  prepare: ({ value }, wanted, { baseVersion }) => {
    const after = wanted.kind === 'set' ? textOf(wanted.value) : ''
    return { at: baseVersion, text: after.slice(textOf(value).length) }
  },
  apply({ value }, delta, applying) {
    const placed = delta as Placed
    checkPlace(placed, applying)
    return { value: `${textOf(value)}${placed.text}` }
  },
  compose: (first, second) => ({ at: first.at, text: first.text + second.text }),
  difference(before, after, { baseVersion }) {
    const text = textOf(after.value).slice(textOf(before.value).length)
    return text === '' ? undefined : { at: baseVersion, text }
  },
}

/** Text of which the last one stands. */
export const whole: FieldType<Placed> & { readonly name: 'whole' } = {
  name: 'whole',
  empty: { value: '' },
  ignoresTime: true,
  prepare: (_state, wanted, { baseVersion }) => ({
    at: baseVersion,
    text: wanted.kind === 'set' ? textOf(wanted.value) : '',
  }),
  apply(_state, delta, applying) {
    const placed = delta as Placed
    checkPlace(placed, applying)
    return { value: placed.text }
  },
  compose: (_first, second) => second,
  difference: (_before, { value }, { baseVersion }) => ({ at: baseVersion, text: textOf(value) }),
}

/** Notes whose body only grows; people are asked about titles. */
export const growingNotes = (deletes: DeletePolicy = 'ask') =>
  defineSchema({
    version: '1.0.0',
    collections: {
      notes: collection({
        fields: z.object({
          id: z.string(),
          title: z.string().default(''),
          body: defineField(z.string(), lines),
        }),
        conflict: fieldMerge({ onOverlap: 'ask' }),
        deletes,
      }),
    },
  })
