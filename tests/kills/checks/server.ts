import { decodePortable } from '@holdfast/core/protocol'
import { z } from 'zod'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { killsScope } from '../app/schema.ts'
import { keyOf, type Write } from '../app/writes.ts'
import { difference, rowsAfter, textOf, textsOf } from './rows.ts'

/** What the server's tables hold, held against what the devices made. */
export interface ServerState {
  /** Operations that took effect, by id. */
  readonly applied: ReadonlyMap<string, Write>
  /** Of those that a device has: the ones that did not take effect. */
  readonly missing: readonly string[]
  /** Living records, one text each. */
  readonly records: readonly string[]
  readonly violations: readonly string[]
}

/** Its operations in the order made, with what each of them writes. */
export type DeviceWrites = ReadonlyMap<string, Write>

const verdictSchema = z.object({
  kind: z.string(),
  version: z.number().optional(),
  lost: z.array(z.string()).default([]),
})
const dataSchema = z.object({ title: z.string(), marks: z.array(z.string()) })

type Prisma = TestDatabase['prisma']
type Complain = (text: string) => void

interface Applied {
  readonly id: string
  readonly version: number
  readonly clientId: string
  readonly clientSeq: number
  readonly write: Write
  /** It deleted what somebody else had just edited: the edit stands. */
  readonly isRevived: boolean
}

/** The operations that took effect, each in its place: by record, then by version. */
const readApplied = async (
  prisma: Prisma,
  writes: DeviceWrites,
  { mayRefuse }: ReadOptions,
  complain: Complain,
): Promise<readonly Applied[]> => {
  const rows = await prisma.holdfastOperation.findMany({ where: { scope: killsScope } })
  const applied = rows.flatMap(({ operationId: id, clientId, clientSeq, verdict }): readonly Applied[] => {
    const write = writes.get(id)
    const { kind, version, lost } = verdictSchema.parse(JSON.parse(verdict))
    const isApplied = (kind === 'applied' || kind === 'merged') && version !== undefined
    if (write !== undefined && isApplied) {
      if (lost.length > 0 && !mayRefuse) complain(`${write.mark} lost ${lost.join()}`)
      const isRevived = write.kind === 'delete' && lost.length > 0
      return [{ id, version, clientId, clientSeq: Number(clientSeq), write, isRevived }]
    }
    if (write !== undefined && !mayRefuse) complain(`${write.mark} ended as ${verdict}`)
    if (write === undefined && (isApplied || !mayRefuse))
      complain(`the server decided ${id}, which no device has`)
    return []
  })
  return applied.toSorted((left, right) => left.version - right.version)
}

const groupBy = <TItem>(
  items: readonly TItem[],
  key: (item: TItem) => string,
): ReadonlyMap<string, readonly TItem[]> => {
  const groups = new Map<string, TItem[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

const isDense = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => number === index + 1)

/** Each record's versions are 1, 2, 3 and so on, one for each operation. */
const checkVersions = (applied: readonly Applied[], complain: Complain): void => {
  for (const [key, operations] of groupBy(applied, ({ write }) => keyOf(write))) {
    const versions = operations.map(({ version }) => version)
    if (!isDense(versions)) complain(`versions of ${key}: ${versions.join(' ')}`)
  }
}

/** Operations of one device on one record took effect in the order made. */
const checkOrder = (
  applied: readonly Applied[],
  devices: readonly DeviceWrites[],
  complain: Complain,
): void => {
  for (const device of devices) {
    const places = new Map([...device.keys()].map((id, place) => [id, place]))
    const own = applied.filter(({ id }) => places.has(id))
    for (const [key, operations] of groupBy(own, ({ write }) => keyOf(write))) {
      const order = operations.map(({ id }) => places.get(id) ?? 0)
      if (order.some((place, index) => place < (order[index - 1] ?? 0)))
        complain(`operations on ${key} took effect in another order than made`)
    }
  }
}

/** The rows are what the operations make of them, in the order of their versions. Answers with the living ones. */
const checkRows = async (
  prisma: Prisma,
  applied: readonly Applied[],
  complain: Complain,
): Promise<readonly string[]> => {
  const rows = await prisma.holdfastRecord.findMany({ where: { scope: killsScope } })
  const expected = rowsAfter(applied.flatMap(({ write, isRevived }) => (isRevived ? [] : [write])))
  const counts = groupBy(applied, ({ write }) => keyOf(write))
  const living: string[] = []
  for (const row of rows) {
    const key = `${row.collection}/${row.recordId}`
    const { title, marks } = dataSchema.parse(decodePortable(row.data))
    if (!row.deleted) living.push(textOf(key, title, marks))
    const wanted = expected.get(key)
    if (wanted?.deleted !== row.deleted) complain(`${key} is ${row.deleted ? 'deleted' : 'there'}`)
    const count = counts.get(key)?.length ?? 0
    if (Number(row.version) !== count) complain(`${key} has version ${row.version} after ${count} operations`)
  }
  for (const text of difference(textsOf(expected), living, ['by the operations', 'in the table']))
    complain(text)
  return living.toSorted()
}

/** The feed stands at the number of operations. */
const checkHead = async (prisma: Prisma, applied: readonly Applied[], complain: Complain): Promise<void> => {
  const scope = await prisma.holdfastScope.findUnique({ where: { scope: killsScope } })
  if (Number(scope?.head ?? 0) !== applied.length)
    complain(`the head is ${scope?.head} after ${applied.length} operations`)
}

/** Each client's numbers are decided without a gap. */
const checkNumbers = async (
  prisma: Prisma,
  applied: readonly Applied[],
  complain: Complain,
): Promise<void> => {
  const watermarks = await prisma.holdfastWatermark.findMany({ where: { scope: killsScope } })
  const resends = await prisma.holdfastResend.findMany({ where: { scope: killsScope } })
  const numbers = groupBy(
    [...applied, ...resends].map(({ clientId, clientSeq }) => ({ clientId, clientSeq: Number(clientSeq) })),
    ({ clientId }) => clientId,
  )
  for (const [clientId, slots] of numbers) {
    const sorted = slots.map(({ clientSeq }) => clientSeq).toSorted((left, right) => left - right)
    if (!isDense(sorted)) complain(`client ${clientId} has gaps or copies among ${sorted.length} numbers`)
    const watermark = Number(watermarks.find((row) => row.clientId === clientId)?.watermark ?? 0)
    if (watermark !== sorted.length)
      complain(`client ${clientId} has watermark ${watermark} after ${sorted.length} operations`)
  }
}

export interface ReadOptions {
  /** Some operations may not be applied, and numbers may be spent on what no device made. */
  readonly mayRefuse: boolean
}

export const readServer = async (
  prisma: Prisma,
  devices: readonly DeviceWrites[],
  options: ReadOptions,
): Promise<ServerState> => {
  const violations: string[] = []
  const complain: Complain = (text) => void violations.push(`server: ${text}`)
  const writes = new Map(devices.flatMap((device) => [...device]))
  const applied = await readApplied(prisma, writes, options, complain)
  checkVersions(applied, complain)
  checkOrder(applied, devices, complain)
  await checkHead(prisma, applied, complain)
  if (!options.mayRefuse) await checkNumbers(prisma, applied, complain)
  const records = await checkRows(prisma, applied, complain)
  const ids = new Set(applied.map(({ id }) => id))
  return {
    applied: new Map(applied.map(({ id, write }) => [id, write])),
    missing: [...writes.keys()].filter((id) => !ids.has(id)),
    records,
    violations,
  }
}
