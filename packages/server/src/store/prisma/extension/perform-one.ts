import type { Values } from './client.ts'
import { renames, type Performed, type Performing } from './performing.ts'
import { assertFound } from './expected.ts'
import type { Write } from './plan.ts'
import { isOpen, type Loser } from './reach.ts'
import { isObject } from './values.ts'
import {
  fieldsOf,
  marksIn,
  marksOf,
  namedIn,
  relatedIn,
  selectAll,
  selectionOf,
  type Mark,
} from './related.ts'
import { restrict } from './restrict.ts'
import { assertSelected, withFields } from './selected.ts'

/** A write of one row, and of what its relations reach. */
export const performOne = async (performing: Performing): Promise<Performed> => {
  const { write, run, rows } = performing
  const { shape, tracked } = write
  const { reaches, losers } = write.reached
  const open = isOpen(reaches)

  const lost: Mark[] = []
  for (const loser of losers) lost.push(...(await holders(performing, loser)))
  const before = open || renames(write) ? await rowBefore(performing) : undefined
  const seen = relatedIn(reaches, before === undefined ? [] : [before])

  const needed = new Set([...fieldsOf(tracked), ...(open ? shape.key : [])])
  const selected = withFields(
    heldArgs(write, before, (data) => restrict(data, reaches, seen)),
    [...needed],
  )
  const result = await run(selected.args)
  if (!isObject(result)) throw new Error(`${shape.name}.${write.operation} gave no row.`)
  assertSelected(shape.name, [...needed], result)

  const key = Object.fromEntries(shape.key.map((field) => [field, result[field]]))
  const found = open ? await rows(shape.delegate, { where: key, select: selectionOf(reaches) }) : []
  const after = relatedIn(reaches, found)
  if (open) assertFound(reaches, doneData(write, before), { seen, after })
  return {
    result: selected.strip(result),
    marks: [
      ...marksIn(tracked, before ?? {}),
      ...marksIn(tracked, result),
      ...namedIn(reaches),
      ...marksOf(seen),
      ...marksOf(after),
      ...lost,
    ],
  }
}

/** What was done, of an upsert one of both. */
const doneData = ({ operation, args }: Write, before: Values | undefined): readonly unknown[] =>
  operation === 'upsert' ? [before === undefined ? args['create'] : args['update']] : [args['data']]

const rowBefore = async ({ write, row }: Performing): Promise<Values | undefined> => {
  const { args, shape, tracked, reached } = write
  if (!isObject(args['where'])) return undefined
  return await row(shape.delegate, {
    where: args['where'],
    select: { ...selectAll(fieldsOf(tracked)), ...selectionOf(reached.reaches) },
  })
}

/** The arguments, held to what was seen. */
const heldArgs = (write: Write, before: Values | undefined, hold: (data: Values) => Values): Values => {
  const { args, operation, tracked } = write
  const { where, data, update } = args
  if (before === undefined) return args
  if (operation === 'upsert') return isObject(update) ? { ...args, update: hold(update) } : args
  const [first] = tracked
  const same = first === undefined ? [] : [{ [first.field]: { in: [before[first.field]] } }]
  return {
    ...args,
    ...(isObject(where) && renames(write) ? { where: { ...where, AND: [...andIn(where), ...same] } } : {}),
    ...(isObject(data) ? { data: hold(data) } : {}),
  }
}

const andIn = ({ AND: parts }: Values): readonly unknown[] =>
  parts === undefined ? [] : Array.isArray(parts) ? parts : [parts]

/** Who refers to what is connected: one at most where the relation is one to one. */
const holders = async ({ rows }: Performing, loser: Loser): Promise<readonly Mark[]> => {
  const { shape, tracked, relation, where } = loser
  const found = await rows(shape.delegate, {
    where: { [relation]: flat(where) },
    select: selectAll(fieldsOf(tracked)),
  })
  return found.flatMap((row) => marksIn(tracked, row))
}

/** A unique key of several fields has a name of its own, which other filters don't know: `{ a_b: { a, b } }`. */
const flat = (where: Values): Values =>
  Object.fromEntries(
    Object.entries(where).flatMap(([name, value]) =>
      isObject(value) && name.includes('_') && Object.keys(value).join('_') === name
        ? Object.entries(value)
        : [[name, value]],
    ),
  )
