import { add, remove } from '@holdfast/core'
import type { Note } from '../shared/schema.ts'
import { useKept } from './use-kept.ts'
import { useWorkspace } from './use-workspace.ts'

export const Tags = ({ note }: { readonly note: Note }): React.ReactNode => {
  const { client, act } = useWorkspace()
  const { notes } = client.collections
  const [name = '', setName] = useKept(`new tag of ${note.id}`)
  const addTag = async (): Promise<void> => {
    await notes.update(note.id, { tags: add(name.trim()) })
    setName(undefined)
  }
  return (
    <div className="tags">
      {note.tags.length > 0 && (
        <ul className="plain" aria-label="Tags">
          {note.tags.map((tag) => (
            <li key={tag}>
              <button
                type="button"
                className="tag"
                aria-label={`Remove tag ${tag}`}
                onClick={() => act(notes.update(note.id, { tags: remove(tag) }))}
              >
                {tag} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') act(addTag())
        }}
      >
        <label>
          <span className="unseen">New tag</span>
          <input
            className="tag-input"
            value={name}
            placeholder="Add tag"
            onChange={({ target }) => setName(target.value)}
          />
        </label>
      </form>
    </div>
  )
}
