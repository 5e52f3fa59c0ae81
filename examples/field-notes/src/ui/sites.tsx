import type { Site } from '../shared/schema.ts'
import { useKept } from './use-kept.ts'
import { useWorkspace } from './use-workspace.ts'

interface SitesProps {
  readonly sites: readonly Site[]
  readonly current: string | undefined
  readonly onChoose: (id: string) => void
}

export const Sites = ({ sites, current, onChoose }: SitesProps): React.ReactNode => (
  <nav className="sites" aria-label="Sites">
    <h2>Sites</h2>
    <ul className="plain">
      {sites.map(({ id, name, address }) => (
        <li key={id}>
          <button
            type="button"
            className="site"
            aria-current={id === current ? 'true' : undefined}
            onClick={() => onChoose(id)}
          >
            <strong>{name}</strong>
            {address !== '' && <span className="muted">{address}</span>}
          </button>
        </li>
      ))}
    </ul>
    <AddSite onAdded={onChoose} />
  </nav>
)

const AddSite = ({ onAdded }: { readonly onAdded: (id: string) => void }): React.ReactNode => {
  const { client, act } = useWorkspace()
  const [name = '', setName] = useKept('new site')
  const add = async (): Promise<void> => {
    const { recordId } = await client.collections.sites.create({ name: name.trim() })
    setName(undefined)
    onAdded(recordId)
  }
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') act(add())
      }}
    >
      <label className="grow">
        <span className="unseen">Name of a new site</span>
        <input value={name} placeholder="New site" onChange={({ target }) => setName(target.value)} />
      </label>
      <button type="submit">Add</button>
    </form>
  )
}
