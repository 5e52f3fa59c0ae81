import { SyncError } from '@holdfast/core'
import type { Values } from './client.ts'
import { isNamed, type Reach } from './reach.ts'
import { stepsIn, type Step } from './steps.ts'
import { isObject, listOf, textIn } from './values.ts'

type Related = ReadonlyMap<Reach, readonly Values[]>

/**
 * New rows without ids are found by their relation. Where fewer are found than the data certainly makes the write can't be
 * followed: Prisma 7.10 makes some and does not relate them (a `create` under `upsert`, on the side that does not hold the key,
 * with a `connectOrCreate` of its own).
 * @throws SyncError MISCONFIGURED
 */
export const assertFound = (
  reaches: readonly Reach[],
  data: readonly unknown[],
  { seen, after }: { readonly seen: Related; readonly after: Related },
): void => {
  for (const [reach, count] of certainRows(reaches, data)) {
    const before = new Set(idsOf(reach, [...(seen.get(reach) ?? []), ...reach.named]))
    const found = new Set(idsOf(reach, after.get(reach) ?? []).filter((id) => !before.has(id)))
    if (found.size >= count) continue
    const { name, model } = reach.relation
    throw new SyncError(
      'MISCONFIGURED',
      `Prisma made rows of ${model} that are not related by ${name}, so that syncExtension can't find them: give new rows their ids.`,
      { option: 'models' },
    )
  }
}

const idsOf = ({ tracked }: Reach, rows: readonly Values[]): readonly string[] =>
  rows.flatMap((row) => textIn(row[tracked[0]?.field ?? '']) ?? [])

/** How many rows without ids come by each relation, whatever else is there. */
const certainRows = (
  reaches: readonly Reach[],
  data: readonly unknown[],
): readonly (readonly [Reach, number])[] =>
  reaches.flatMap((reach) => {
    const steps = data.flatMap((part) => stepsIn(reach.relation, part))
    const made = reach.tracked.length === 0 ? [] : steps.flatMap(rowsMade)
    const count = made.filter((row) => !isNamed(reach.tracked, row)).length
    const further = steps.filter(({ operation }) => certain.has(operation)).flatMap((step) => step.data)
    return [[reach, count] as const, ...certainRows(reach.further, further)]
  })

const certain: ReadonlySet<string> = new Set(['create', 'update'])

const rowsMade = ({ operation, part }: Step): readonly Values[] => {
  if (operation === 'create') return [part].filter(isObject)
  if (operation !== 'createMany' || !isObject(part) || part['skipDuplicates'] === true) return []
  return listOf(part['data']).filter(isObject)
}
