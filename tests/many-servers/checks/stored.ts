import { decodePortable } from '@holdfast/core/protocol'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { textOfVerdict } from '../app/ask.ts'
import { z } from 'zod'

/** An operation as the server's tables have it. */
export interface Decided {
  readonly id: string
  readonly scope: string
  readonly record: string
  readonly clientId: string
  readonly kind: string
  /** The version that it made, where it was applied. */
  readonly version: number | undefined
  readonly code: string | undefined
  readonly lost: readonly string[]
  readonly verdict: string
}

export interface StoredRecord {
  readonly scope: string
  readonly collection: string
  readonly version: number
  readonly deleted: boolean
  readonly data: Readonly<Record<string, unknown>>
}

/** What the server's tables hold when all is over. */
export interface Stored {
  readonly operations: ReadonlyMap<string, Decided>
  /** By `collection/id`. */
  readonly records: ReadonlyMap<string, StoredRecord>
  readonly heads: ReadonlyMap<string, number>
}

const verdictSchema = z.looseObject({
  kind: z.string(),
  version: z.number().optional(),
  code: z.string().optional(),
  lost: z.array(z.string()).default([]),
})

export const readStored = async (prisma: TestDatabase['prisma']): Promise<Stored> => {
  const operations = await prisma.holdfastOperation.findMany()
  const records = await prisma.holdfastRecord.findMany()
  const heads = await prisma.holdfastScope.findMany()
  return {
    operations: new Map(
      operations.map(({ operationId: id, scope, collection, recordId, clientId, verdict: text }) => {
        const raw = JSON.parse(text) as Record<string, unknown>
        const { kind, version, code, lost } = verdictSchema.parse(raw)
        const isApplied = kind === 'applied' || kind === 'merged'
        return [
          id,
          {
            ...{ id, scope, clientId, record: `${collection}/${recordId}`, kind, code, lost },
            version: isApplied ? version : undefined,
            verdict: textOfVerdict(raw),
          },
        ]
      }),
    ),
    records: new Map(
      records.map(({ scope, collection, recordId, version, deleted, data }) => [
        `${collection}/${recordId}`,
        {
          ...{ scope, collection, deleted, version: Number(version) },
          data: decodePortable(data) as Readonly<Record<string, unknown>>,
        },
      ]),
    ),
    heads: new Map(heads.map(({ scope, head }) => [scope, Number(head)])),
  }
}
