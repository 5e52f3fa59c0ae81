import type { Values } from './client.ts'
import { renames, type Performed, type Performing } from './performing.ts'
import type { Write } from './plan.ts'
import { isNamed } from './reach.ts'
import { isObject, listOf } from './values.ts'
import { fieldsOf, marksIn, selectAll } from './related.ts'
import { assertSelected, withFields } from './selected.ts'

/** A write of many rows of a mapped model. */
export const performMany = async (performing: Performing): Promise<Performed> => {
  const { write } = performing
  switch (write.operation) {
    case 'createMany':
      return await createMany(performing)
    case 'deleteMany':
      return await deleteMany(performing)
    case 'updateMany':
      return renames(write) ? await rename(performing) : await returning(performing, 'updateManyAndReturn')
    case 'updateManyAndReturn':
      return renames(write) ? await rename(performing) : await returning(performing)
    default:
      return await returning(performing)
  }
}

const createMany = async (performing: Performing): Promise<Performed> => {
  const { tracked, args } = performing.write
  const rows = listOf(args['data']).filter(isObject)
  if (!rows.every((row) => isNamed(tracked, row))) {
    return await returning(performing, 'createManyAndReturn')
  }
  const result = await performing.run(args)
  return { result, marks: rows.flatMap((row) => marksIn(tracked, row)) }
}

/** @param action what returns the rows in place of their number */
const returning = async ({ write, run }: Performing, action?: string): Promise<Performed> => {
  const { tracked, args, shape } = write
  const ids = fieldsOf(tracked)
  const asked = action === undefined ? args : { ...args, select: selectAll(ids) }
  const selected = withFields(asked, ids)
  const rows = listOf(await run(selected.args, action)).filter(isObject)
  for (const row of rows) assertSelected(shape.name, ids, row)
  const marks = rows.flatMap((row) => marksIn(tracked, row))
  return { result: action === undefined ? selected.strip(rows) : { count: rows.length }, marks }
}

/** Rows that get another id: they are found first, and no others are written. */
const rename = async (performing: Performing): Promise<Performed> => {
  const { write, run } = performing
  const { tracked, args, operation } = write
  const found = await matching(performing)
  const data = isObject(args['data']) ? args['data'] : {}
  const marks = [...found, data].flatMap((row) => marksIn(tracked, row))
  const held = { ...args, where: within(write, found) }
  if (operation === 'updateMany') return { result: await run(held), marks }
  const { result, marks: more } = await returning({ ...performing, write: { ...write, args: held } })
  return { result, marks: [...marks, ...more] }
}

/** One statement binds so many values at most; the rest is left for the caller's filter. */
const atOnce = 30_000

/** What is deleted no result names: rows are found first, and no others are deleted. */
const deleteMany = async (performing: Performing): Promise<Performed> => {
  const { write, run } = performing
  const found = await matching(performing)
  const { limit: _, ...args } = write.args
  let count = 0
  for (let start = 0; start < found.length; start += atOnce) {
    const where = within(write, found.slice(start, start + atOnce))
    const deleted = await run({ ...args, where })
    count += isObject(deleted) ? Number(deleted['count']) : 0
  }
  return { result: { count }, marks: found.flatMap((row) => marksIn(write.tracked, row)) }
}

const matching = async ({ write, rows }: Performing): Promise<readonly Values[]> => {
  const { args, shape, tracked } = write
  const { where, limit } = args
  return await rows(shape.delegate, {
    where: where ?? {},
    select: selectAll(fieldsOf(tracked)),
    ...(limit === undefined ? {} : { take: limit }),
  })
}

const within = ({ args, tracked }: Write, found: readonly Values[]): Values => {
  const field = tracked[0]?.field ?? ''
  return { AND: [args['where'] ?? {}, { [field]: { in: found.map((row) => row[field]) } }] }
}
