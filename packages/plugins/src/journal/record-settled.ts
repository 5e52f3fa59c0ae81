import { hasCode, type Portable } from '@holdfast/core'
import { encodePortable, portableEquals } from '@holdfast/core/protocol'
import type { Application } from '@holdfast/server'
import { hash53 } from '../text/hash.ts'
import type { EntryRecord, Settlement } from './entries.ts'
import { toEntry, type JournalEntry } from './entry.ts'

export interface RingOptions {
  readonly collection: string
  readonly keep: number
  /** Characters, in the portable codec, that the values of one entry may have. */
  readonly maxCharacters: number
  readonly redact: ((entry: JournalEntry) => JournalEntry | undefined) | undefined
}

type Applied = Pick<
  Application<unknown>,
  'operation' | 'after' | 'now' | 'scope' | 'userId' | 'settled' | 'records'
>

const given = <TName extends string>(
  name: TName,
  value: Portable | undefined,
): Partial<Record<TName, Portable>> =>
  value === undefined ? {} : ({ [name]: value } as Partial<Record<TName, Portable>>)

const withoutValues = (entry: Settlement, withheld: NonNullable<Settlement['withheld']>): Settlement => {
  const { local: _local, remote: _remote, merged: _merged, ...rest } = entry
  return { ...rest, withheld }
}

/** What the operation settled, as it would be kept without any limits. */
const settlementsOf = ({ operation, after, now, userId, settled }: Applied): readonly Settlement[] =>
  (settled?.dropped ?? []).map(({ field, local, remote, remoteBy, kept }) => ({
    operationId: operation.id,
    at: now,
    collection: operation.collection,
    recordId: operation.recordId,
    field,
    strategy: settled?.strategy ?? '',
    kept,
    ...given('local', local),
    ...given('remote', remote),
    ...(kept === 'merged' ? given('merged', after?.[field]) : {}),
    localBy: userId,
    ...(remoteBy === undefined ? {} : { remoteBy }),
  }))

const isSame = (left: JournalEntry, right: JournalEntry): boolean =>
  portableEquals(left.local, right.local) &&
  portableEquals(left.remote, right.remote) &&
  portableEquals(left.merged, right.merged)

/** What may be known of it; undefined: nothing. The app's function must not fail the user's operation, nor tell more. */
const redacted = (entry: Settlement, redact: RingOptions['redact']): Settlement | undefined => {
  if (redact === undefined) return entry
  const before = toEntry(entry, undefined)
  try {
    const after = redact(structuredClone(before))
    if (after === undefined) return undefined
    if (isSame(before, after)) return entry
    const values = {
      ...given('local', after.local),
      ...given('remote', after.remote),
      ...given('merged', after.merged),
    }
    return { ...withoutValues(entry, 'redacted'), ...values }
  } catch {
    return withoutValues(entry, 'redacted')
  }
}

const fits = ({ local, remote, merged }: Settlement, limit: number): boolean => {
  try {
    const values = [local, remote, merged].filter((value) => value !== undefined)
    return values.reduce<number>((sum, value) => sum + encodePortable(value).length, 0) <= limit
  } catch {
    return false
  }
}

/**
 * Each settled field takes the next slot of the scope's ring: whatever is settled for however long, there are no more
 * records than that, and no deletions.
 */
export const recordSettled = async (applied: Applied, options: RingOptions): Promise<void> => {
  const { records, scope } = applied
  const { collection, keep, maxCharacters, redact } = options
  const entries = settlementsOf(applied).flatMap((entry) => redacted(entry, redact) ?? [])
  if (entries.length === 0) return
  // Ids are of a device's whole collection, and a device may have several scopes.
  const ring = hash53(scope).toString(36)
  const headId = `${ring}-head`
  const head = (await records.get(collection, headId)) as EntryRecord | undefined
  let number = head?.number ?? 0

  const put = (entry: Settlement): Promise<void> => {
    const slot = `${ring}-${number % keep}`
    return records.put(collection, slot, { id: slot, number, entry })
  }

  for (const entry of entries) {
    number += 1
    const kept = fits(entry, maxCharacters) ? entry : withoutValues(entry, entry.withheld ?? 'tooLarge')
    try {
      await put(kept)
    } catch (error) {
      // More than a record holds, or deeper. It must not cost the user the operation.
      if (!hasCode(error, 'TOO_LARGE') && !hasCode(error, 'INVALID')) throw error
      await put(withoutValues(entry, entry.withheld ?? 'tooLarge'))
    }
  }
  await records.put(collection, headId, { id: headId, number, keep })
}
