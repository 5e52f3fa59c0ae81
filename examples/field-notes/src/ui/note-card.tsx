import { increment } from '@holdfast/core'
import { people } from '../shared/people.ts'
import { statuses, type Note, type Status } from '../shared/schema.ts'
import { NoteText } from './note-text.tsx'
import { Tags } from './tags.tsx'
import { statusNames } from './names.ts'
import { useWorkspace } from './use-workspace.ts'

export const NoteCard = ({ note }: { readonly note: Note }): React.ReactNode => {
  const { client, person, act } = useWorkspace()
  const { notes } = client.collections
  const { id, findings } = note
  return (
    <article className="card" data-note={id} aria-label={note.text}>
      <NoteText note={note} />
      <div className="card-row">
        <div className="counter" role="group" aria-label="Findings">
          <button
            type="button"
            aria-label="One finding less"
            onClick={() => act(notes.update(id, { findings: increment(-1) }))}
          >
            −
          </button>
          <output>
            {findings} {findings === 1 ? 'finding' : 'findings'}
          </output>
          <button
            type="button"
            aria-label="One finding more"
            onClick={() => act(notes.update(id, { findings: increment() }))}
          >
            +
          </button>
        </div>
        <label className="field">
          <span>Status</span>
          <select
            value={note.status}
            onChange={({ target }) => act(notes.update(id, { status: target.value as Status }))}
          >
            {statuses.map((status) => (
              <option key={status} value={status}>
                {statusNames[status]}
                {status === 'approved' && !person.approves && ' (leads only)'}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>For</span>
          <select
            value={note.assignee}
            onChange={({ target }) => act(notes.update(id, { assignee: target.value }))}
          >
            <option value="">Nobody</option>
            {people.map(({ id: personId, name }) => (
              <option key={personId} value={personId}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="card-row">
        <Tags note={note} />
        <button
          type="button"
          className="quiet"
          onClick={({ currentTarget }) => {
            // The button goes with its note: whoever uses a keyboard would begin again at the top of the page.
            currentTarget.closest('section')?.querySelector('h2')?.focus()
            act(notes.delete(id))
          }}
        >
          Delete<span className="unseen"> this note</span>
        </button>
      </div>
    </article>
  )
}
