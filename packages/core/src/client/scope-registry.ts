import { BehaviorSubject, map, type Observable } from 'rxjs'
import type { EngineEvent } from '../engine/states.ts'
import type { Connectivity } from '../engine/scope-engine.ts'
import { scopesKey } from '../oplog/keys.ts'
import { decodeScopes } from '../oplog/scopes.ts'
import type { Store } from '../storage/store.ts'
import { watchEntry } from '../storage/watch-entry.ts'
import type { EventStream } from './event-stream.ts'
import type { ScopeUnit } from './scope-unit.ts'

/** The names of the joined scopes, in the order joined. */
export interface ScopeNames {
  readonly names: () => readonly string[]
  readonly names$: Observable<readonly string[]>
}

/** The joined scopes of a client, as the device's list says, whichever tab changed it. */
export interface ScopeRegistry extends ScopeNames {
  readonly units: () => readonly ScopeUnit[]
  readonly units$: Observable<readonly ScopeUnit[]>
  readonly get: (scope: string) => ScopeUnit | undefined
  /** Sync is wanted, of all scopes that are there and that come. */
  readonly start: () => void
  readonly pause: () => void
  readonly sendAll: (event: EngineEvent) => void
  readonly close: () => void
}

export interface ScopeRegistryOptions {
  readonly store: Store
  /** The scopes to begin with, and whether each is ready. */
  readonly joined: ReadonlyMap<string, boolean>
  readonly open: (scope: string, ready: boolean | undefined) => ScopeUnit
  readonly connectivity: Connectivity
  readonly events: EventStream
}

const namesOf = (units: readonly ScopeUnit[]): readonly string[] => units.map(({ scope }) => scope)

export const createScopeRegistry = (options: ScopeRegistryOptions): ScopeRegistry => {
  const { store, joined, open, connectivity, events } = options
  const units = new BehaviorSubject<readonly ScopeUnit[]>(
    [...joined].map(([scope, ready]) => open(scope, ready)),
  )
  /** Of the units. Asked for at each commit. */
  let names = namesOf(units.value)
  let wanted = false

  const start = (unit: ScopeUnit): void => unit.send({ type: 'start', online: connectivity.isOnline() })

  const follow = (scopes: readonly string[]): void => {
    const before = units.value
    const known = new Map(before.map((unit) => [unit.scope, unit]))
    const gone = before.filter(({ scope }) => !scopes.includes(scope))
    if (gone.length === 0 && scopes.length === before.length) return
    const next = scopes.map((scope) => known.get(scope) ?? open(scope, undefined))
    names = namesOf(next)
    units.next(next)
    for (const unit of gone) {
      unit.close()
      events.tell(() => ({ type: 'scopeLeft', scope: unit.scope }))
    }
    for (const unit of units.value.filter(({ scope }) => !known.has(scope))) {
      events.tell(() => ({ type: 'scopeJoined', scope: unit.scope }))
      if (wanted) start(unit)
    }
  }

  const list = watchEntry(store, scopesKey, (value) => follow(decodeScopes(value).joined))
  // Another tab may have changed it since the scopes to begin with were read.
  list.read().catch(events.problem)

  return {
    units: () => units.value,
    units$: units.asObservable(),
    names: () => names,
    names$: units.pipe(map(namesOf)),
    get: (name) => units.value.find(({ scope }) => scope === name),
    start() {
      wanted = true
      units.value.forEach(start)
    },
    pause() {
      wanted = false
      for (const unit of units.value) unit.send({ type: 'stop' })
    },
    sendAll: (event) => units.value.forEach((unit) => unit.send(event)),
    close() {
      list.close()
      for (const unit of units.value) unit.close()
      units.complete()
    },
  }
}
