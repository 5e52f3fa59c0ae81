import { partsOf } from '../model/typed.ts'
import { rulesOf } from '../model/rules.ts'
import { isSame, parseData, renamed, type Data } from '../model/values.ts'
import { agesIn } from '../model/ages.ts'
import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { baseIn } from './shown.ts'
import type { Before } from './together.ts'
import { must } from './violation.ts'

/** Operations that became one, as they were before, in the order made. */
type Members = readonly LocalOperation[]

/** What a commit folds, by the operation that stays. */
export const foldsIn = (mirror: Mirror, before: Before): ReadonlyMap<string, Members> => {
  const folds = new Map<string, LocalOperation[]>()
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (old?.status !== 'PENDING' || now?.status !== 'SUPERSEDED') continue
    const { by = '' } = now.fate
    folds.set(by, [...(folds.get(by) ?? []), old])
  }
  for (const [localSeq, old] of before)
    if (old !== undefined && folds.has(old.id) && mirror.operations.get(localSeq)?.status === 'PENDING')
      folds.get(old.id)?.push(old)
  return folds
}

/** What was never sent may become one operation that says the same. @throws Violation */
export const checkFolds = (mirror: Mirror, folds: ReadonlyMap<string, Members>): void => {
  for (const [by, unsorted] of folds) {
    const members = [...unsorted].sort((left, right) => left.localSeq - right.localSeq)
    const survivor = members.at(-1)
    const now = survivor && mirror.operations.get(survivor.localSeq)
    const told = (): string =>
      `${members.map(({ id, type, payload, timestamp }) => `${id} ${type} ${payload} at ${timestamp}`).join('\n')}\nbecame ${now?.type} ${now?.payload}`
    must(
      survivor?.id === by && now?.status === 'PENDING',
      'conserved',
      () => `not the newest stays: ${told()}`,
    )
    if (survivor === undefined || now === undefined) continue
    members.forEach((one) =>
      must(isAlike(one, survivor), 'exactly once', () => `${one.id} is no such: ${told()}`),
    )
    checkType(mirror, members, now, told)
    checkContent(members, now, told)
  }
}

/** Never sent, alone, not taken back, and made on the same. */
const isAlike = (one: LocalOperation, other: LocalOperation): boolean =>
  one.clientSeq === undefined &&
  one.transaction === undefined &&
  one.cancel === undefined &&
  one.collection === other.collection &&
  one.recordId === other.recordId &&
  one.baseVersion === other.baseVersion &&
  one.opVersion === other.opVersion &&
  (one.marks ?? '') === (other.marks ?? '')

const checkType = (mirror: Mirror, members: Members, now: LocalOperation, told: () => string): void => {
  const types = new Set(members.map(({ type }) => type))
  must(!types.has('delete') && !types.has('move'), 'conserved', told)
  must(types.has('create') === (now.type === 'create'), 'conserved', told)
  const key = `${now.collection}/${now.recordId}`
  must(now.type !== 'create' || baseIn(mirror, key) === undefined, 'conserved', told)
}

const agesByNewName = (payload: string): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(agesIn(payload)).map(([field, age]) => [renamed(field), age]))

/** Of each field the newest value, and when it was written; of a sum all of it. */
const checkContent = (members: Members, now: LocalOperation, told: () => string): void => {
  const { named, kinds = {} } = rulesOf(now.collection)
  if (named[now.type] !== undefined) {
    const wanted = members.reduce((sum, { payload }) => sum + Number(parseData(payload)['by']), 0)
    return must(isSame(parseData(now.payload), { by: wanted }), 'conserved', told)
  }
  const parts = members.map(({ payload }) => partsOf(payload))
  const registers: Data = Object.assign({}, ...parts.map((part) => part.registers)) as Data
  must(isSame(partsOf(now.payload).registers, registers), 'conserved', told)
  const writtenAt = (of: LocalOperation, field: string): number =>
    of.timestamp - (agesByNewName(of.payload)[field] ?? 0)
  const names = new Set(Object.keys(JSON.parse(now.payload) as Data).map(renamed))
  for (const field of Object.keys(registers)) {
    const last = members.findLast(({ payload }) => Object.hasOwn(partsOf(payload).registers, field))
    // A plain update says of all its fields that they were written just then, which the newest write of each was.
    const isTimed = now.type === 'put' || now.type === 'create'
    // What a step of migrations adds counts as written last.
    if (last === undefined || !isTimed || !names.has(field)) continue
    const [wanted, found] = [writtenAt(last, field), writtenAt(now, field)]
    must(wanted === found, 'conserved', () => `${field} was written at ${wanted}, not ${found}: ${told()}`)
  }
  const { deltas } = partsOf(now.payload)
  for (const [field, kind] of Object.entries(kinds)) {
    const said = parts.filter((part) => Object.hasOwn(part.deltas, field))
    must(said.length > 0 === Object.hasOwn(deltas, field), 'conserved', () => `${field} is lost: ${told()}`)
    if (kind.name !== 'counter' || said.length === 0) continue
    const sum = said.reduce((all, part) => all + Number(part.deltas[field]), 0)
    must(deltas[field] === sum, 'conserved', () => `${field} adds ${sum}: ${told()}`)
  }
}

/** What was made and deleted here, and nobody had heard of, comes to nothing. */
export const isFoldedAway = (
  mirror: Mirror,
  before: Before,
  { collection, recordId }: LocalOperation,
): boolean => {
  const gone = [...before]
    .filter(([localSeq, old]) => {
      const isOfIt = old?.collection === collection && old.recordId === recordId && old.status === 'PENDING'
      return isOfIt && mirror.operations.get(localSeq)?.status === 'CANCELLED'
    })
    .sort(([left], [right]) => left - right)
  const isWhole = gone[0]?.[1]?.type === 'create' && gone.at(-1)?.[1]?.type === 'delete'
  const isFree = gone.every(([, old]) => old?.transaction === undefined && old?.clientSeq === undefined)
  const isUnknown = baseIn(mirror, `${collection}/${recordId}`) === undefined
  return isWhole && isFree && isUnknown
}
