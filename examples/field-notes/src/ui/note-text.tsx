import { useId } from 'react'
import type { Note } from '../shared/schema.ts'
import { useKept } from './use-kept.ts'
import { useWorkspace } from './use-workspace.ts'

/** A text that is being changed stays as it is typed, whatever comes in, until it is saved or given up. */
export const NoteText = ({ note }: { readonly note: Note }): React.ReactNode => {
  const { client, act } = useWorkspace()
  const [draft, setDraft] = useKept(`text of ${note.id}`)
  const id = useId()
  const text = draft ?? note.text
  const isChanged = draft !== undefined && draft !== note.text && draft.trim() !== ''
  const save = async (): Promise<void> => {
    await client.collections.notes.update(note.id, { text })
    setDraft(undefined)
  }
  return (
    <form
      className="note-text"
      onSubmit={(event) => {
        event.preventDefault()
        if (isChanged) act(save())
      }}
    >
      <label className="unseen" htmlFor={id}>
        Text
      </label>
      <textarea id={id} rows={2} value={text} onChange={({ target }) => setDraft(target.value)} />
      {isChanged && (
        <div className="row">
          <button type="submit" className="main-action">
            Save text
          </button>
          <button type="button" className="quiet" onClick={() => setDraft(undefined)}>
            Undo
          </button>
        </div>
      )}
    </form>
  )
}
