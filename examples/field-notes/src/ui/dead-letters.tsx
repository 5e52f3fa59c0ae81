import type { Operation } from '@holdfast/core'
import { useMemo } from 'react'
import { useObservable } from './use-observable.ts'
import { useWorkspace } from './use-workspace.ts'

/** What the server refused. It is gone from the list above already; here it can be tried again, or let go. */
export const DeadLetters = (): React.ReactNode => {
  const { client, act } = useWorkspace()
  const letters = useObservable(
    useMemo(() => client.deadLetters.list$(), [client]),
    [],
  )
  if (letters.length === 0) return null
  return (
    <section className="banner banner-bad" aria-label="Refused changes">
      <ul className="plain stack">
        {letters.map((letter) => (
          <li key={letter.id} className="row">
            <p className="grow">{reasonOf(letter)}</p>
            <button type="button" onClick={() => act(client.deadLetters.retry(letter.id))}>
              Try again
            </button>
            <button type="button" onClick={() => act(client.deadLetters.discard(letter.id))}>
              Let go
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

const reasonOf = ({ collection, fate }: Operation): string => {
  if (fate.kind !== 'rejected') return `A change of ${collection} did not arrive.`
  return fate.code === 'FORBIDDEN_OR_MISSING'
    ? `You may not do that: only a lead inspector approves, or changes what was approved.`
    : `The server refused a change of ${collection}: ${fate.message}`
}
