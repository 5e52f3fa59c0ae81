import type { ConflictAnswer } from './conflict-answer.ts'
import type { OpenConflict } from '@holdfast/core'
import { useEffect, useId, useRef, useState } from 'react'
import { nameOf } from '../shared/people.ts'
import { firstMerge, isMergeable } from './conflict-answer.ts'
import { fieldName, valueText } from './names.ts'
import { MergedField } from './merged-field.tsx'
import { useKept } from './use-kept.ts'
import { useWorkspace } from './use-workspace.ts'

interface ConflictDialogProps {
  readonly conflict: OpenConflict
  readonly onClose: () => void
}

/** Mine, theirs, or something made of both. A native dialog: it keeps the focus, and Escape closes it. */
export const ConflictDialog = ({ conflict, onClose }: ConflictDialogProps): React.ReactNode => {
  const { client, act } = useWorkspace()
  const dialog = useRef<HTMLDialogElement>(null)
  const [first] = useState(() => firstMerge(conflict))
  const [kept, keep] = useKept(`merge of ${conflict.id}`)
  const merged = kept === undefined ? first : (JSON.parse(kept) as typeof first)
  const title = useId()
  useEffect(() => dialog.current?.showModal(), [])

  const answer = (choice: ConflictAnswer): void => {
    dialog.current?.close()
    keep(undefined)
    act(client.conflicts.resolve(conflict.id, choice))
  }
  const { mine, theirs, fields, updatedBy, updatedAt } = conflict
  const mergeable = isMergeable(conflict)
  return (
    <dialog ref={dialog} aria-labelledby={title} onClose={onClose}>
      <h2 id={title}>What should stand?</h2>
      <p className="muted">
        {nameOf(updatedBy)} changed it too, on {new Date(updatedAt).toLocaleString()}.
      </p>
      {mine === undefined && <p>You deleted it; {nameOf(updatedBy)} went on with it.</p>}
      {theirs === undefined && <p>{nameOf(updatedBy)} deleted it; you went on with it.</p>}
      {mergeable &&
        fields.map((field) => (
          <fieldset key={field} className="disputed">
            <legend>{fieldName(field)}</legend>
            <dl>
              <dt>Mine</dt>
              <dd>{valueText(field, mine?.[field])}</dd>
              <dt>Theirs</dt>
              <dd>{valueText(field, theirs?.[field])}</dd>
            </dl>
            <MergedField
              field={field}
              value={merged[field] ?? ''}
              onChange={(value) => keep(JSON.stringify({ ...merged, [field]: value }))}
            />
          </fieldset>
        ))}
      <div className="dialog-actions">
        <button type="button" onClick={() => answer('mine')}>
          Keep mine
        </button>
        <button type="button" onClick={() => answer('theirs')}>
          Take theirs
        </button>
        {mergeable && (
          <button type="button" className="main-action" onClick={() => answer({ patch: merged })}>
            Save merged
          </button>
        )}
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          Later
        </button>
      </div>
    </dialog>
  )
}
