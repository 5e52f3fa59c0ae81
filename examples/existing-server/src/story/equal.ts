import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import type { Device } from './device.ts'

type Fields = Readonly<Record<string, unknown>>

/** One form for what a row and a record say: Decimals as numbers, dates as texts, and nothing as null. */
const plain = (record: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.map((name) => {
      const value = record[name] ?? null
      if (value instanceof Date) return [name, value.toISOString()]
      return [name, isDecimal.has(name) && value !== null ? Number(value) : value]
    }),
  )

const isDecimal: ReadonlySet<string> = new Set(['discount', 'price', 'amount'])

const fields = {
  customers: ['id', 'name', 'email'],
  invoices: ['id', 'customerId', 'number', 'title', 'status', 'discount', 'due', 'updatedAt'],
  lines: ['id', 'invoiceId', 'label', 'quantity', 'price', 'amount'],
} as const

const text = (all: Readonly<Record<keyof typeof fields, readonly object[]>>): string =>
  JSON.stringify(
    Object.entries(fields).map(([name, names]) => [
      name,
      all[name as keyof typeof fields]
        .map((record) => plain(record as Fields, names))
        .toSorted((left, right) => String(left['id']).localeCompare(String(right['id']))),
    ]),
    undefined,
    1,
  )

/** What the database has of these teams. */
export const rowsOf = async (prisma: PrismaClient, teams: readonly string[]): Promise<string> => {
  const teamId = { in: [...teams] }
  return text({
    customers: await prisma.customer.findMany({ where: { teamId } }),
    invoices: await prisma.invoice.findMany({ where: { teamId } }),
    lines: await prisma.invoiceLine.findMany({ where: { invoice: { teamId } } }),
  })
}

/** What a device shows. */
export const shownBy = async ({ collections: { customers, invoices, lines } }: Device): Promise<string> =>
  text({ customers: await customers.find(), invoices: await invoices.find(), lines: await lines.find() })
