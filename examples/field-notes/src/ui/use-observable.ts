import { useEffect, useState } from 'react'
import type { Observable } from 'rxjs'

/** What an observable tells last. Keep the observable between renders (`useMemo`): a new one is subscribed anew. */
export const useObservable = <TValue>(values$: Observable<TValue>, first: TValue): TValue => {
  const [value, setValue] = useState(first)
  useEffect(() => {
    const subscription = values$.subscribe((next) => setValue(() => next))
    return () => subscription.unsubscribe()
  }, [values$])
  return value
}
