import { ownMember } from '../base/objects.ts'
import { indexName } from '../model/indexes.ts'
import type { Schema } from '../model/schema.ts'
import type { Workspace } from '../storage/workspace.ts'
import { recordEntry } from './entries.ts'
import {
  indexEntries,
  registryIn,
  indexRegistryEntry,
  type IndexRegistry,
  type StoredIndex,
} from './index-registry.ts'
import {
  builtKey,
  indexPrefix,
  indexesKey,
  logKey,
  recordAddressOf,
  recordKey,
  recordPrefix,
} from './keys.ts'
import { storedLogHead } from './log.ts'

/** Of one step: it holds up writers of this tab for as long as one commit takes. */
const recordsPerStep = 200
const removalsPerStep = 500

type Place = { readonly collection: string; readonly name: string }

/**
 * Brings a scope's indexes one bounded step nearer to what the schema declares; to be repeated, in one commit each,
 * while it says that there is more to do. A new index is first announced, so that every writer keeps it, and then
 * filled; one that is declared no longer is left by the writers, and then emptied. Stopped anywhere, by whichever tab,
 * the next step goes on from there.
 */
export const stepIndexes = async (workspace: Workspace, scope: string, schema: Schema): Promise<boolean> => {
  const key = indexesKey(scope)
  await workspace.read([{ get: key }, { get: logKey(scope) }])
  // Another tab left the scope: what it has is on its way out.
  if (storedLogHead(workspace, scope).left === true) return false
  // It may do so just now; nothing is put into the place of what it removes.
  workspace.expect(logKey(scope))
  const stored = registryIn(workspace.value(key))
  const announced = announce(stored, schema)
  if (announced !== undefined) {
    workspace.put(key, indexRegistryEntry.encode(announced))
    return unfinished(announced).length > 0
  }
  let registry = stored
  let room = 1
  for (const { collection, name, index } of unfinished(stored)) {
    if (room <= 0) break
    const place = { collection, name }
    const done =
      index.state === 'building' ? await fill(workspace, scope, place) : await empty(workspace, scope, place)
    room -= done.share
    if (done.isFinished) registry = withIndex(registry, place, nextOf(index, isDeclared(schema, place)))
  }
  if (registry !== stored) workspace.put(key, indexRegistryEntry.encode(registry))
  return unfinished(registry).length > 0
}

/** One that was emptied and is declared again by now begins anew. */
const nextOf = (index: StoredIndex, isWanted: boolean): StoredIndex | undefined => {
  if (index.state === 'building') return { ...index, state: 'ready' }
  return isWanted ? { ...index, state: 'building' } : undefined
}

const isDeclared = (schema: Schema, { collection, name }: Place): boolean =>
  (ownMember(schema.collections, collection)?.indexes ?? []).some((fields) => indexName(fields) === name)

/** The registry with what the schema adds and leaves out; undefined where that is nothing. */
const announce = (stored: IndexRegistry, schema: Schema): IndexRegistry | undefined => {
  let next = stored
  for (const [collection, { indexes }] of Object.entries(schema.collections)) {
    for (const fields of indexes) {
      const place = { collection, name: indexName(fields) }
      if (stored[collection]?.[place.name] === undefined)
        next = withIndex(next, place, { fields, state: 'building' })
    }
  }
  for (const { collection, name, index } of all(stored)) {
    if (index.state !== 'removing' && !isDeclared(schema, { collection, name }))
      next = withIndex(next, { collection, name }, { ...index, state: 'removing' })
  }
  return next === stored ? undefined : next
}

const all = (registry: IndexRegistry): readonly (Place & { readonly index: StoredIndex })[] =>
  Object.entries(registry).flatMap(([collection, indexes]) =>
    Object.entries(indexes).map(([name, index]) => ({ collection, name, index })),
  )

const unfinished = (registry: IndexRegistry): ReturnType<typeof all> =>
  all(registry).filter(({ index }) => index.state !== 'ready')

const withIndex = (
  registry: IndexRegistry,
  { collection, name }: Place,
  index: StoredIndex | undefined,
): IndexRegistry => {
  const { [name]: _, ...others } = registry[collection] ?? {}
  return { ...registry, [collection]: index === undefined ? others : { ...others, [name]: index } }
}

interface Done {
  readonly isFinished: boolean
  /** Of what one step may do. */
  readonly share: number
}

/** Puts the next records into an index. */
const fill = async (workspace: Workspace, scope: string, { collection, name }: Place): Promise<Done> => {
  const progress = builtKey(scope, collection, name)
  const [reached] = await workspace.read([{ get: progress }])
  const after = reached && recordKey({ scope, collection, recordId: reached.value })
  const [entries] = await workspace.read([
    { scan: recordPrefix(scope, collection), after, limit: recordsPerStep },
  ])
  const registry = workspace.value(indexesKey(scope))
  let last = reached?.value ?? ''
  for (const { key, value } of entries) {
    const address = recordAddressOf(key)
    if (address === undefined) continue
    last = address.recordId
    // Whoever writes it meanwhile has put it in; the older value must not follow.
    workspace.expect(key)
    const entry = indexEntries(registry, address, () => recordEntry.decode(value).shown).get(name)
    if (entry !== undefined) workspace.put(entry, '')
  }
  const isFinished = entries.length < recordsPerStep
  if (!isFinished) workspace.put(progress, last)
  else if (reached !== undefined) workspace.remove(progress)
  return { isFinished, share: entries.length / recordsPerStep }
}

/** Removes the next entries of an index. */
const empty = async (workspace: Workspace, scope: string, { collection, name }: Place): Promise<Done> => {
  const progress = builtKey(scope, collection, name)
  const [entries, reached] = await workspace.read([
    { scan: indexPrefix(scope, collection, name), limit: removalsPerStep },
    { get: progress },
  ])
  for (const { key } of entries) workspace.remove(key)
  if (reached !== undefined) workspace.remove(progress)
  return { isFinished: entries.length < removalsPerStep, share: entries.length / removalsPerStep }
}
