import { BehaviorSubject, distinctUntilChanged, map, type Observable } from 'rxjs'
import { latestOfAll, switchTo } from '../base/streams.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeUnit } from './scope-unit.ts'

/** Follows one thing of all joined scopes, whichever they are. */
export const ofAllScopes = <TValue>(
  { units$ }: Pick<ScopeRegistry, 'units$'>,
  pick: (unit: ScopeUnit) => Observable<TValue>,
): Observable<readonly TValue[]> => switchTo(units$, (units) => latestOfAll(units.map(pick)))

export interface Combination<TValue, TResult> {
  readonly pick: (unit: ScopeUnit) => Observable<TValue>
  readonly combine: (values: readonly TValue[]) => TResult
  readonly isSame?: (left: TResult, right: TResult) => boolean
}

/** One value made of all joined scopes. It is known at any time. */
export const combineScopes = <TValue, TResult>(
  registry: Pick<ScopeRegistry, 'units$'>,
  { pick, combine, isSame = Object.is }: Combination<TValue, TResult>,
): BehaviorSubject<TResult> => {
  const combined = new BehaviorSubject(combine([]))
  ofAllScopes(registry, pick).pipe(map(combine), distinctUntilChanged(isSame)).subscribe(combined)
  return combined
}
