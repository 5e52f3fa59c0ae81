import { BehaviorSubject, Subscription, distinctUntilChanged } from 'rxjs'
import { hasCode } from '../../base/errors.ts'
import { latestOfAll, switchTo } from '../../base/streams.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import type { EngineEvent } from '../../engine/states.ts'
import type { SyncState } from '../../model/sync-state.ts'
import { isSameState } from '../combine-states.ts'
import type { ScopeUnit } from '../scope-unit.ts'
import type { TabAsk, TabSeat } from './contract.ts'

/**
 * A scope of a tab among others: its engine runs while the tab leads; else what the app wants of it goes to the tab that
 * does, and what that one tells is shown.
 */
export const ledUnit = (
  unit: ScopeUnit,
  seat: TabSeat,
  connectivity: Pick<Connectivity, 'isOnline'>,
): ScopeUnit => {
  const { scope } = unit
  const all = new Subscription()
  const told = new BehaviorSubject<SyncState>({ status: 'syncing', phase: 'pull' })
  const wanted = new BehaviorSubject(false)
  /** Left behind: it shows so itself, and leaves the syncing to the others. */
  const isOut = new BehaviorSubject(false)
  const isLeader = new BehaviorSubject(seat.isLeading())
  /** Runs that were asked for and that the one that leads has not heard of. */
  let unheard = 0
  const isFollowing = (): boolean => wanted.value && !seat.isLeading() && !isOut.value
  const start = (): void => unit.send({ type: 'start', online: connectivity.isOnline() })
  /** That it was paused is this tab's own affair. */
  const tell = (): void => {
    if (wanted.value) seat.tell({ scope, state: unit.state() })
  }
  const lead = (isLeading: boolean): void => {
    if (!wanted.value) return
    if (isLeading) start()
    else if (isOut.value) return
    // Another scope of this tab was left behind: this one asks nobody either, and sees for itself.
    else if (!seat.isContending()) isOut.next(true)
    else {
      unit.send({ type: 'stop' })
      // What the other one told before it was known to lead counted for nothing.
      seat.ask({ scope, event: 'look' })
    }
  }

  all.add(
    seat.isLeading$.subscribe((isLeading) => {
      lead(isLeading)
      isLeader.next(isLeading)
    }),
  )
  all.add(
    unit.state$.subscribe((state) => {
      if (isLeftBehind(state)) {
        isOut.next(true)
        return seat.resign()
      }
      if (seat.isLeading()) tell()
      if (!isOut.value || state.status !== 'synced') return
      isOut.next(false)
      seat.contend()
      if (isFollowing()) unit.send({ type: 'stop' })
    }),
  )
  all.add(
    unit.lost$.subscribe(() => {
      if (!isFollowing()) return
      isOut.next(true)
      start()
      unit.send({ type: 'requested' })
    }),
  )
  all.add(
    seat.told$.subscribe((news) => {
      if (news.scope === scope && unheard === 0) told.next(news.state)
    }),
  )
  all.add(
    seat.asked$.subscribe((ask) => {
      if (ask.scope !== scope) return
      if (ask.event === 'start') start()
      else if (ask.event !== 'look') unit.send(eventOf(ask))
      tell()
    }),
  )

  const send = (event: EngineEvent): void => {
    if (event.type === 'start' || event.type === 'stop') wanted.next(event.type === 'start')
    if (!isFollowing()) return unit.send(event)
    const ask = askOf(scope, event)
    if (ask === undefined) return
    if (ask.event !== 'requested') return seat.ask(ask)
    // Whoever waits for the run that it asked for must not take the state before it for the one after it.
    told.next({ status: 'syncing', phase: 'pull' })
    unheard += 1
    seat.ask(ask, () => void (unheard -= 1))
  }

  return {
    ...unit,
    state$: switchTo(latestOfAll<unknown>([wanted, isLeader, isOut]), () =>
      isFollowing() ? told : unit.state$,
    ).pipe(distinctUntilChanged(isSameState)),
    state: () => (isFollowing() ? told.value : unit.state()),
    send,
    close() {
      all.unsubscribe()
      unit.close()
      for (const subject of [told, wanted, isOut, isLeader]) subject.complete()
    },
  }
}

/** Its database is gone, or its code is too old for it or for the server: what another tab's need not be. */
const isLeftBehind = (state: SyncState): boolean => {
  if (state.status !== 'blocked') return false
  const { error } = state
  return hasCode(error, 'CLOSED') || (hasCode(error, 'UPGRADE_REQUIRED') && error.details.side === 'client')
}

const askOf = (scope: string, event: EngineEvent): TabAsk | undefined => {
  switch (event.type) {
    case 'start':
    case 'wake':
    case 'requested':
      return { scope, event: event.type }
    case 'written':
      return event.held === true ? { scope, event: 'written', held: true } : { scope, event: 'written' }
    default:
      return undefined
  }
}

const eventOf = ({ event, held }: TabAsk): EngineEvent =>
  event === 'written' && held === true ? { type: 'written', held } : { type: event as 'wake' }
