import { agesKey } from './ages.ts'
import type { Kept, Kind, Misplaced, Writer } from './kinds.ts'
import { isBeside, isSame, parseData, visible, type Data, type Value } from './values.ts'

/** The fields of a collection that have a type of their own. */
export type Kinds = Readonly<Record<string, Kind>>

/** The name under which a payload says what typed fields get. */
const deltasKey = '$deltas'

/** A record without what is kept beside its values and need not be compared. */
export const comparable = (kinds: Kinds, data: Data): Data => {
  const loose = Object.keys(kinds).filter((field) => kinds[field]?.isLoose === true)
  if (loose.length === 0) return data
  return Object.fromEntries(
    Object.entries(data).filter(([field]) => !loose.includes(field.slice(0, -1)) || !isBeside(field)),
  )
}

export interface Parts {
  readonly registers: Data
  readonly deltas: Data
}

export const partsOf = (payload: string): Parts => {
  const { [deltasKey]: deltas = {}, [agesKey]: _ages, ...registers } = parseData(payload)
  return { registers, deltas: deltas as Data }
}

/** The fields that a payload names. */
export const namedIn = (payload: string): readonly string[] => {
  const { registers, deltas } = partsOf(payload)
  return [...Object.keys(registers), ...Object.keys(deltas)]
}

/** Whether a field is one that people dispute about. */
export const isRegister = (kinds: Kinds, field: string): boolean =>
  !isBeside(field) && !Object.hasOwn(kinds, field)

const keptIn = (record: Data | undefined, field: string, { empty }: Kind): Kept => ({
  value: record?.[field] ?? empty,
  beside: record?.[`${field}$`],
})

const membersOf = (field: string, { value, beside }: Kept): Data =>
  beside === undefined ? { [field]: value } : { [field]: value, [`${field}$`]: beside }

/** The typed fields of a record, after what an operation says about them. */
export const typedAfter = (
  kinds: Kinds,
  before: Data | undefined,
  deltas: Data,
  writer: Writer,
): Data | Misplaced => {
  const members: Data[] = []
  const misplaced: Misplaced[] = []
  for (const [field, kind] of Object.entries(kinds)) {
    const kept = keptIn(before, field, kind)
    const delta = deltas[field]
    const after = delta === undefined ? kept : kind.after(kept, delta, writer)
    if (typeof after === 'string') misplaced.push(after)
    else members.push(membersOf(field, after))
  }
  // Its author makes all of it again.
  if (misplaced.includes('missing')) return 'missing'
  const [first] = misplaced
  if (first !== undefined) return first
  return Object.assign({}, ...members) as Data
}

/** What a named operation makes of a record: its typed fields are led to the values that it gives them. */
export const ranOn = (kinds: Kinds, before: Data, run: (seen: Data) => Data, writer: Writer): Data => {
  const after = run(visible(before))
  if (Object.keys(kinds).length === 0) return after
  const deltas: Record<string, Value> = {}
  for (const [field, kind] of Object.entries(kinds)) {
    const kept = keptIn(before, field, kind)
    const wanted = after[field] ?? kept.value
    if (!isSame(wanted, kept.value)) deltas[field] = kind.toward(kept, wanted, writer)
  }
  const typed = typedAfter(kinds, before, deltas, writer)
  if (typeof typed === 'string') throw new Error('Named operations are made where they run.')
  return { ...after, ...typed }
}
