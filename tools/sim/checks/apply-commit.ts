import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type LocalOperation, type LocalStaging, type LogHead } from './local-entries.ts'
import { mirrorOf, placeOf, scopeOf, type DeviceMirror, type Mirror } from './mirror.ts'

const put = <TKey, TValue>(map: Map<TKey, TValue>, key: TKey, value: string | undefined): void => {
  if (value === undefined) map.delete(key)
  else map.set(key, readStored(value) as TValue)
}

const keep = ({ operations, transactions }: Mirror, operation: LocalOperation | undefined): void => {
  if (operation === undefined) return
  const { localSeq, transaction } = operation
  operations.set(localSeq, operation)
  if (transaction === undefined) return
  const members = transactions.get(transaction.id) ?? new Set()
  transactions.set(transaction.id, members.add(localSeq))
}

/** A backup may bring it back, with the others of its transaction, as something new. */
const part = ({ transactions }: Mirror, gone: LocalOperation | undefined): void => {
  if (gone?.transaction !== undefined) transactions.get(gone.transaction.id)?.delete(gone.localSeq)
}

const applyToDevice = (device: DeviceMirror, key: string, value: string | undefined): void => {
  if (key === 'meta') {
    const meta = readStored(value ?? '{}') as {
      readonly clientId?: string
      readonly formerIds?: readonly string[]
    }
    device.clientId = meta.clientId
    device.formerIds = meta.formerIds ?? []
    return
  }
  const [place, id] = placeOf(key)
  if (place === 'backup') return put(device.backups, id, value)
  if (place === 'kept') return keepCopies(device, id, value)
  if (key === 'migration') device.isMigrating = value !== undefined
  if (key === 'schema') device.isRaised = value !== undefined
  if (key !== 'scopes') return
  const { joined, leaving } = readStored(value ?? '{}') as Pick<DeviceMirror, 'joined' | 'leaving'>
  device.joined = joined
  device.leaving = leaving
}

const keepCopies = ({ backedUp }: DeviceMirror, id: string, value: string | undefined): void => {
  if (value === undefined) return void backedUp.delete(id)
  const known = backedUp.get(id) ?? new Map<string, LocalOperation>()
  const { operations } = readStored(value) as { readonly operations: readonly LocalOperation[] }
  for (const operation of operations) known.set(operation.id, operation)
  backedUp.set(id, known)
}

const applyToScope = (mirror: Mirror, key: string, value: string | undefined): void => {
  const [place, second] = placeOf(key)
  /** In it: a record, the number of an operation, or what else the place has one of. */
  const name = key.slice(place.length + second.length + 2)
  switch (place) {
    case 'log': {
      const isLeft = mirror.log?.left === true
      mirror.log = value === undefined ? undefined : (readStored(value) as LogHead)
      if (!isLeft && mirror.log?.left === true) mirror.timesLeft += 1
      return
    }
    case 'cursor':
      mirror.cursor = value === undefined ? undefined : (readStored(value) as Mirror['cursor'])
      return
    case 'rec':
      return put(mirror.records, name, value)
    case 'stage':
      return put(mirror.staged, name, value)
    case 'staging':
      mirror.staging = value === undefined ? undefined : (readStored(value) as LocalStaging)
      return
    case 'op': {
      const end = name.lastIndexOf('/')
      const [record, localSeq] = [name.slice(0, end), Number(name.slice(end + 1))]
      const overlay = mirror.overlays.get(record) ?? new Map<number, LocalOperation>()
      mirror.overlays.set(record, overlay)
      put(overlay, localSeq, value)
      return keep(mirror, overlay.get(localSeq))
    }
    case 'queue':
      return put(mirror.queue, Number(name), value)
    case 'held':
      return put(mirror.held, Number(name), value)
    case 'blocked':
      return put(mirror.blocked, name, value)
    case 'tx':
      if (value === undefined) mirror.unfinished.delete(name)
      else mirror.unfinished.add(name)
      return
    // Indexes are held against the records elsewhere.
    case 'indexes':
    case 'idx':
    case 'built':
    // Which decided operations a record has, and what the archive knows.
    case 'past':
    case 'archive':
    // Marks of a reset, which says itself what it did.
    case 'lost':
      return
    case 'risk':
      if (value === undefined) {
        mirror.risks.delete(name)
        mirror.consented.set(name, (mirror.log?.nextLocalSeq ?? 1) - 1)
      } else mirror.risks.set(name, (mirror.log?.nextLocalSeq ?? 1) - 1)
      return
    case 'waiting':
      return put(mirror.waiting, Number(name), value)
    case 'done':
      put(mirror.done, Number(name), value)
      return keep(mirror, mirror.done.get(Number(name)))
    case 'dead':
      if (value === undefined) mirror.dead.delete(Number(name))
      else mirror.dead.add(Number(name))
      return
    case 'conflict':
      return put(mirror.conflicts, name, value)
    case 'id': {
      const before = mirror.ids.get(second)?.localSeq
      put(mirror.ids, second, value)
      const now = mirror.ids.get(second)?.localSeq
      // It is made again, and nothing is left of what it was.
      if (before !== undefined && now !== undefined && now !== before) mirror.operations.delete(before)
      if (now === undefined) part(mirror, mirror.operations.get(before ?? 0))
      return
    }
    default:
      throw new Error(`The layout has no key like ${key}.`)
  }
}

/** The scopes that a commit is about. */
export const scopesIn = (device: DeviceMirror, { writes }: CommitBatch): ReadonlySet<string> => {
  const scopes = new Set<string>()
  for (const { key, value } of writes) {
    const scope = scopeOf(device, key, value)
    if (scope !== undefined) scopes.add(scope)
  }
  return scopes
}

export const applyCommit = (device: DeviceMirror, { writes }: CommitBatch, revision: number): void => {
  for (const { key, value } of writes) {
    if (value === undefined) device.entries.delete(key)
    else device.entries.set(key, value)
    const scope = scopeOf(device, key, value)
    if (scope === undefined) {
      applyToDevice(device, key, value)
      continue
    }
    applyToScope(mirrorOf(device, scope), key, value)
    if (key.startsWith('cursor/')) mirrorOf(device, scope).cursorAt = revision
    if (!key.startsWith('id/')) continue
    if (value === undefined) device.ids.delete(key.slice('id/'.length))
    else device.ids.set(key.slice('id/'.length), scope)
  }
  device.revision = revision
}
