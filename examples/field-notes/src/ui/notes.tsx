import { useMemo } from 'react'
import type { Site } from '../shared/schema.ts'
import { NoteCard } from './note-card.tsx'
import { useKept } from './use-kept.ts'
import { useObservable } from './use-observable.ts'
import { useWorkspace } from './use-workspace.ts'

/** The notes of one site, newest first. */
export const Notes = ({ site }: { readonly site: Site }): React.ReactNode => {
  const { client } = useWorkspace()
  const notes$ = useMemo(
    () =>
      client.collections.notes.find$({
        where: { siteId: site.id },
        orderBy: { writtenAt: 'desc' },
      }),
    [client, site.id],
  )
  const notes = useObservable(notes$, [])
  return (
    <section className="notes" aria-labelledby="notes-of">
      <h2 id="notes-of" tabIndex={-1}>
        {site.name}
      </h2>
      <AddNote siteId={site.id} />
      {notes.length === 0 && <p className="muted">Nothing was noted here yet.</p>}
      <ul className="plain stack">
        {notes.map((note) => (
          <li key={note.id}>
            <NoteCard note={note} />
          </li>
        ))}
      </ul>
    </section>
  )
}

const AddNote = ({ siteId }: { readonly siteId: string }): React.ReactNode => {
  const { client, act } = useWorkspace()
  const [text = '', setText] = useKept(`new note at ${siteId}`)
  const add = async (): Promise<void> => {
    await client.collections.notes.create({ siteId, text: text.trim(), writtenAt: Date.now() })
    setText(undefined)
  }
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') act(add())
      }}
    >
      <label className="grow">
        <span className="unseen">A new note</span>
        <input
          value={text}
          placeholder="What did you see?"
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <button type="submit" className="main-action">
        Add note
      </button>
    </form>
  )
}
