import type { Operation } from '../../model/operation.ts'
import type { EntityRisk } from '../../protocol/preflight.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { Foreseen, LogHead } from '../entries.ts'
import { jsonEntry } from '../json-entry.ts'
import { hold } from '../held.ts'
import {
  blockedKey,
  logKey,
  operationPrefix,
  queueKey,
  recordKey,
  riskKey,
  riskPrefix,
  type RecordAddress,
} from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { readWhole } from '../read-whole.ts'
import { operationsOf } from '../stored.ts'

/** Records whose operations wait for the app's word are kept with what was foreseen of them. */
const riskEntry = jsonEntry<EntityRisk>('foreseen risk')

/** The most entries that one commit removes. */
const largestRemoval = 500

export const readRisks = async (store: Store, scope: string): Promise<readonly EntityRisk[]> => {
  const [entries] = await store.read([{ scan: riskPrefix(scope) }])
  return entries.map(({ value }) => riskEntry.decode(value))
}

const addressIn = (scope: string, { collection, id }: EntityRisk) => ({ scope, collection, recordId: id })

const keyOfRisk = (scope: string, risk: EntityRisk): string => recordKey(addressIn(scope, risk))

/** What waits, and for what. */
export interface Risky {
  /** For the other records to go first. */
  readonly last: readonly EntityRisk[]
  /** For the app's word. */
  readonly attention: readonly EntityRisk[]
  /** For a server that foresees it. */
  readonly unforeseen: readonly EntityRisk[]
}

/**
 * Holds back the first operation on each risky record that the given ones change, with its transaction: later ones of the
 * record make room by themselves. Nothing of a record is held back of which something was sent, by another tab meanwhile.
 */
export const holdRisky = (
  store: Store,
  scope: string,
  operations: readonly Operation[],
  { last, attention, unforeseen }: Risky,
): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    let head = logHead(workspace, scope)
    const risky = new Map(
      [...last, ...attention, ...unforeseen].map((risk) => [keyOfRisk(scope, risk), risk]),
    )
    const waits = new Set(attention)
    for (const operation of operations) {
      const key = recordKey(operation)
      const risk = risky.get(key)
      if (risk === undefined) continue
      risky.delete(key)
      const first = await firstUnsent(workspace, operation)
      if (first === undefined) continue
      head = await holdWhole(workspace, head, first)
      if (waits.has(risk)) workspace.put(riskKey(operation), riskEntry.encode(risk))
    }
    putLogHead(workspace, scope, head)
  })

/** Undefined where one of the record was sent, or none is undecided any more. */
const firstUnsent = async (workspace: Workspace, record: RecordAddress): Promise<Operation | undefined> => {
  const [entries] = await workspace.read([{ scan: operationPrefix(record) }])
  const operations = operationsOf(entries)
  if (operations.some(({ status }) => status === 'SENT')) return undefined
  return operations.find(({ status }) => status === 'PENDING')
}

const holdWhole = async (workspace: Workspace, head: LogHead, { id }: Operation): Promise<LogHead> => {
  const whole = await readWhole(workspace, id)
  await workspace.read(
    whole.flatMap((one) => [{ get: queueKey(one.scope, one.localSeq) }, { get: blockedKey(one) }]),
  )
  // Some may be decided, or held back, by now.
  const queued = whole.filter((one) => workspace.value(queueKey(one.scope, one.localSeq)) !== undefined)
  return queued.reduce((before, one) => hold(workspace, before, one), head)
}

/** Forgets records of which nothing waits any more. */
export const forgetSettled = (store: Store, scope: string): Promise<void> =>
  store.update(async (workspace) => {
    const [entries] = await workspace.read([{ scan: riskPrefix(scope) }])
    const risks = entries.map(({ key, value }) => ({
      key,
      address: addressIn(scope, riskEntry.decode(value)),
    }))
    await workspace.read(risks.map(({ address }) => ({ get: blockedKey(address) })))
    const settled = risks.filter(({ address }) => workspace.value(blockedKey(address)) === undefined)
    for (const { key } of settled.slice(0, largestRemoval)) workspace.remove(key)
  })

/**
 * The app says that all of it may be sent; it is not asked about again, unless there is something besides that no server
 * foresaw yet. True where there was something.
 */
export const confirmRisks = async (store: Store, scope: string, now: number): Promise<boolean> => {
  for (let found = false; ; found = true) {
    const removed = await store.update(async (workspace) => {
      const [, entries] = await workspace.read([
        { get: logKey(scope) },
        { scan: riskPrefix(scope), limit: largestRemoval },
      ])
      if (entries.length === 0) return 0
      for (const { key } of entries) workspace.remove(key)
      const head = logHead(workspace, scope)
      const due = head.foreseen?.due
      putLogHead(workspace, scope, { ...head, foreseen: { upTo: head.nextLocalSeq - 1, at: now, due } })
      return entries.length
    })
    if (removed === 0) return found
  }
}

/**
 * The server was asked ahead; `due`: it will have to be. What another tab asked an older one about, after that, still waits for
 * a server that foresees it.
 */
export const storeForeseen = (store: Store, scope: string, so: 'due' | Foreseen): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const head = logHead(workspace, scope)
    const { upTo = 0, at = 0, due } = head.foreseen ?? {}
    if (so === 'due' && due === true) return
    const isBehind = so !== 'due' && due === 'older' && upTo > so.upTo
    const foreseen = isBehind ? { upTo, at, due } : so
    putLogHead(workspace, scope, {
      ...head,
      foreseen: foreseen === 'due' ? { upTo, at, due: true } : foreseen,
    })
  })
