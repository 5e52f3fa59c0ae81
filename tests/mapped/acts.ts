import type { SeededRandom } from '@holdfast/core/testing'
import type { Device } from '../../examples/existing-server/src/story/device.ts'
import type { Rest } from '../../examples/existing-server/src/story/rest.ts'
import type { PrismaClient } from '../../examples/existing-server/prisma/sqlite/generated/client.ts'

export interface Cast {
  readonly random: Pick<SeededRandom, 'next'>
  readonly db: PrismaClient
  readonly rest: Rest
  /** Each with the one team that it creates in; undefined: it only edits. */
  readonly devices: readonly (readonly [device: Device, team: string | undefined])[]
}

/** What is done at random to one set of invoices: by routes, by SQL, by Prisma and by devices. Any of it may fail. */
export const actsOf = ({ random, db, rest, devices }: Cast): readonly (() => Promise<unknown>)[] => {
  let count = 0
  const below = (limit: number): number => Math.floor(random.next() * limit)
  const pick = <TItem>(items: readonly TItem[]): TItem => {
    const item = items[below(items.length)]
    if (item === undefined) throw new Error('There is none.')
    return item
  }
  const title = (by: string): string => `${by} ${(count += 1)}`
  const anyInvoice = async () => pick(await db.invoice.findMany())
  const team = (): string => pick(['north', 'south'])
  const device = (): Device => pick(devices)[0]
  const sql = (statement: string) => db.$executeRawUnsafe(statement)

  const byRest = [
    () => {
      const where = team()
      const lines = [{ label: 'a line', quantity: 1, price: '1.5' }]
      const body = { customerId: `c-${where}`, number: 1 + below(400), title: title('rest'), lines }
      return rest.post(`${where}/invoices`, body)
    },
    async () => {
      const { id, teamId } = await anyInvoice()
      return rest.patch(`${teamId}/invoices/${id}`, { title: title('rest') })
    },
    async () => {
      const { id, teamId } = await anyInvoice()
      return rest.delete(`${teamId}/invoices/${id}`)
    },
  ]
  const bySql = [
    () => sql(`UPDATE invoices SET discount = discount + 1`),
    () => sql(`UPDATE invoice_lines SET quantity = quantity + 1`),
    async () => sql(`UPDATE invoices SET title = '${title('sql')}' WHERE id = '${(await anyInvoice()).id}'`),
    async () => sql(`DELETE FROM invoices WHERE id = '${(await anyInvoice()).id}'`),
    async () => {
      const where = team()
      const { id } = await anyInvoice()
      return sql(`UPDATE invoices SET team_id = '${where}', customer_id = 'c-${where}' WHERE id = '${id}'`)
    },
    async () => {
      const { id } = await anyInvoice()
      return db.$transaction(async (tx) => {
        await tx.invoice.update({ where: { id }, data: { title: title('transaction') } })
        await tx.invoice.update({ where: { id }, data: { discount: 3 } })
        if (random.next() < 0.3) throw new Error('It is undone.')
      })
    },
  ]
  const byDevice = [
    () => {
      const [creating, where] = pick(devices.filter(([, own]) => own !== undefined))
      return creating.transaction(async ({ collections: { invoices, lines } }) => {
        const invoice = { customerId: `c-${where}`, number: 1 + below(400), title: title('device') }
        const { recordId: invoiceId } = await invoices.create(invoice)
        await lines.create({ invoiceId, label: 'a line', quantity: 2, price: '2.25' })
      })
    },
    async () => {
      const { invoices } = device().collections
      const { id } = pick(await invoices.find())
      return invoices.update(
        id,
        random.next() < 0.5 ? { title: title('device') } : { number: 1 + below(400) },
      )
    },
    async () => {
      const { invoices, lines } = pick(devices.filter(([, own]) => own !== undefined))[0].collections
      const { id: invoiceId } = pick(await invoices.find())
      return lines.create({ invoiceId, label: 'another line', quantity: 3, price: '1.1' })
    },
    async () => {
      const { invoices } = device().collections
      return invoices.delete(pick(await invoices.find()).id)
    },
    () => answerAll(device(), pick(['mine', 'theirs'])),
  ]
  const syncs = Array.from({ length: 3 }, () => () => device().sync())
  return [...byRest, ...byRest, ...bySql, ...byDevice, ...byDevice, ...syncs]
}

export const answerAll = async (device: Device, side: 'mine' | 'theirs'): Promise<void> => {
  for (const { id } of await device.conflicts.list()) await device.conflicts.resolve(id, side)
}
