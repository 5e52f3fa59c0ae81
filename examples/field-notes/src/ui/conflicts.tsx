import type { OpenConflict } from '@holdfast/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { ConflictDialog } from './conflict-dialog.tsx'
import { useObservable } from './use-observable.ts'
import { useWorkspace } from './use-workspace.ts'

/** The id of a conflict changes with the other side's version; the record that it is about stays. */
const keyOf = ({ collection, recordId }: OpenConflict): string => `${collection}/${recordId}`

/** Says that something is to be decided. The dialog opens when asked: nobody is torn out of what they do. */
export const Conflicts = (): React.ReactNode => {
  const { client } = useWorkspace()
  const conflicts = useObservable(
    useMemo(() => client.conflicts.list$(), [client]),
    [],
  )
  const [opened, setOpened] = useState<string>()
  const place = useRef<HTMLDivElement>(null)
  const [first] = conflicts
  const shown = conflicts.find((conflict) => keyOf(conflict) === opened)
  const close = (): void => {
    setOpened(undefined)
    // The button that opened it may be gone.
    place.current?.focus()
  }
  const isAnsweredElsewhere = opened !== undefined && shown === undefined
  useEffect(() => {
    if (isAnsweredElsewhere) close()
  }, [isAnsweredElsewhere])
  return (
    <div ref={place} tabIndex={-1} className="conflicts">
      {first !== undefined && (
        <div className="banner banner-ask">
          <p>
            {conflicts.length === 1
              ? 'Somebody else changed the same thing as you.'
              : `Somebody else changed the same things as you: ${conflicts.length} records.`}
          </p>
          <button type="button" className="main-action" onClick={() => setOpened(keyOf(first))}>
            Decide
          </button>
        </div>
      )}
      {shown !== undefined && <ConflictDialog key={shown.id} conflict={shown} onClose={close} />}
    </div>
  )
}
