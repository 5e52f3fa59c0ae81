import { add, increment, remove, setKeys } from '@holdfast/core'
import { deleteText, insertText } from '@holdfast/plugins/text'
import type { Planned, Sketch } from './planned.ts'
import type { VariedName } from './varied-schema.ts'

/** A sketch with what is drawn for each write. */
export interface VariedSketch extends Omit<Sketch, 'scope' | 'version'> {
  readonly number: number
  /** It is to be a deletion. */
  readonly removes: boolean
}

type Run = Planned['run']
type Layout = Readonly<Record<string, string | number | Readonly<Record<string, string | number>>>>

const tags: readonly string[] = ['t1', 't2', 't3']
const keys: readonly string[] = ['k1', 'k2', 'k3']

/** A write of a collection with another strategy, or with field types. */
export const planVaried = (collection: VariedName, sketch: VariedSketch): Run => {
  const { id, text, said, random, creates, number, removes } = sketch
  switch (collection) {
    case 'badges':
      if (creates) return ({ badges }) => badges.create({ id, label: said, level: number })
      if (removes) return ({ badges }) => badges.delete(id)
      return ({ badges }) => badges.update(id, random.chance(0.5) ? { label: said } : { level: number })
    case 'tickets':
      if (creates) return ({ tickets }) => tickets.create({ id, state: said, steps: 0 })
      if (removes) return ({ tickets }) => tickets.delete(id)
      if (random.chance(0.5)) return ({ tickets }) => tickets.run.advance(id, { to: said })
      return ({ tickets }) => tickets.update(id, { state: said })
    case 'orders':
      if (creates) return ({ orders }) => orders.create({ id, item: said, amount: number })
      if (removes) return ({ orders }) => orders.delete(id)
      return ({ orders }) => orders.update(id, random.chance(0.5) ? { item: said } : { amount: number })
    case 'drafts':
      if (creates) return ({ drafts }) => drafts.create({ id, text, mark: said })
      if (removes) return ({ drafts }) => drafts.delete(id)
      return ({ drafts }) => drafts.update(id, random.chance(0.5) ? { text: said } : { mark: said })
    case 'plans':
      if (creates)
        return ({ plans }) => plans.create({ id, title: said, state: text, level: number, owner: text })
      if (removes) return ({ plans }) => plans.delete(id)
      return random.pick<Run>([
        ({ plans }) => plans.update(id, { title: said }),
        ({ plans }) => plans.update(id, { state: said, level: number }),
        ({ plans }) => plans.update(id, { level: number, owner: said }),
      ])
    case 'stocks':
      if (removes) return ({ stocks }) => stocks.delete(id)
      return planStock(sketch)
    case 'sheets':
      if (removes) return ({ sheets }) => sheets.delete(id)
      return planSheet(sketch)
    case 'texts':
      if (removes) return ({ texts }) => texts.delete(id)
      return planText(sketch)
    case 'accounts':
      throw new Error('The bank is not written to like this.')
  }
}

const planStock = ({ id, said, random, creates, number }: VariedSketch): Run => {
  const tag = random.pick(tags)
  if (creates) return ({ stocks }) => stocks.create({ id, name: said, count: number, tags: [tag] })
  const by = random.chance(0.3) ? -number : number
  return random.pick<Run>([
    ({ stocks }) => stocks.update(id, { count: increment(by) }),
    ({ stocks }) => stocks.update(id, { count: number }),
    ({ stocks }) => stocks.update(id, { count: increment(by), name: said }),
    ({ stocks }) => stocks.update(id, { tags: add(tag, said) }),
    ({ stocks }) => stocks.update(id, { tags: add(tag) }),
    ({ stocks }) => stocks.update(id, { tags: remove(tag) }),
    ({ stocks }) => stocks.update(id, { tags: remove(tag, random.pick(tags)) }),
    ({ stocks }) => stocks.update(id, { tags: [tag, random.pick(tags)], name: said }),
    ({ stocks }) => stocks.run.sell(id, { by: number, buyer: said }),
  ])
}

const planSheet = ({ id, said, random, creates, number }: VariedSketch): Run => {
  const key = random.pick(keys)
  if (creates) return ({ sheets }) => sheets.create({ id, title: said, cells: { [key]: said } })
  const layout = layoutChange(random.between(0, 5), said, number)
  return random.pick<Run>([
    ({ sheets }) => sheets.update(id, { title: said }),
    ({ sheets }) => sheets.update(id, { cells: setKeys({ [key]: said }) }),
    ({ sheets }) => sheets.update(id, { cells: setKeys({ [key]: undefined, [random.pick(keys)]: said }) }),
    ({ sheets }) => sheets.update(id, { cells: { [key]: said }, title: said }),
    // A new value is made of what is there.
    async ({ sheets }) => sheets.update(id, { layout: layout((await sheets.get(id))?.layout ?? {}) }),
    async ({ sheets }) =>
      sheets.update(id, { layout: layout((await sheets.get(id))?.layout ?? {}), title: said }),
  ])
}

const planText = ({ id, text, said, random, creates, number }: VariedSketch): Run => {
  if (creates)
    return ({ texts }) =>
      texts.create({
        id,
        title: said,
        body: `${text} begins. `,
        script: random.chance(0.7) ? `${text} starts. ` : '',
      })
  const at = random.between(0, 24)
  return random.pick<Run>([
    ({ texts }) => texts.update(id, { body: insertText(at, `${said} `) }),
    ({ texts }) => texts.update(id, { body: insertText(at, text) }),
    ({ texts }) => texts.update(id, { body: deleteText(at, number) }),
    ({ texts }) => texts.update(id, { body: `${said} stands here now. ` }),
    ({ texts }) => texts.update(id, { body: insertText(at, text), title: said }),
    ({ texts }) => texts.update(id, { title: said }),
    ...scriptChanges({ id, text, said, number }, at),
  ])
}

/** A new value is made of what is there. */
const scriptChanges = (
  { id, text, said, number }: Pick<VariedSketch, 'id' | 'text' | 'said' | 'number'>,
  at: number,
): readonly Run[] =>
  [
    (now: string): string => `${now.slice(0, at)}${said} ${now.slice(at)}`,
    (now: string): string => `${now.slice(0, at)}${text}${now.slice(at + number)}`,
    (now: string): string => `${now.slice(0, at)}${now.slice(at + number)}`,
  ].map(
    (change): Run =>
      async ({ texts }) =>
        texts.update(id, { script: change((await texts.get(id))?.script ?? '') }),
  )

const layoutChange =
  (kind: number, said: string, number: number) =>
  (before: Layout): Layout => {
    const { frame, ...others } = before
    const around = typeof frame === 'object' ? frame : {}
    switch (kind) {
      case 0:
        return { ...before, frame: { ...around, width: number } }
      case 1:
        return { ...before, frame: { ...around, colour: said } }
      // A value where others have places.
      case 2:
        return { ...before, frame: said }
      case 3:
        return others
      case 4:
        return { ...before, size: number }
      default:
        return { ...before, head: { text: said, level: number } }
    }
  }
