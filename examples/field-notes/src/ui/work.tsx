import { useMemo } from 'react'
import type { Device } from '../client/device.ts'
import { Conflicts } from './conflicts.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Notes } from './notes.tsx'
import { Sites } from './sites.tsx'
import { SyncBar } from './sync-bar.tsx'
import { useKept } from './use-kept.ts'
import { useObservable } from './use-observable.ts'
import { useWorkspace } from './use-workspace.ts'

interface WorkProps {
  readonly device: Device
  readonly onSignOut: () => void
}

/** Everything that somebody sees who is signed in. */
export const Work = ({ device, onSignOut }: WorkProps): React.ReactNode => {
  const { client } = useWorkspace()
  const sites$ = useMemo(() => client.collections.sites.find$({ orderBy: { name: 'asc' } }), [client])
  const sites = useObservable(sites$, [])
  const ready = useObservable(client.ready$, client.ready)
  const [chosen, setChosen] = useKept('chosen site')
  const site = sites.find(({ id }) => id === chosen) ?? sites[0]
  return (
    <>
      <SyncBar device={device} onSignOut={onSignOut} />
      <main className="work">
        <Conflicts />
        <DeadLetters />
        <div className="columns">
          <Sites sites={sites} current={site?.id} onChoose={setChosen} />
          {site !== undefined && <Notes key={site.id} site={site} />}
          {site === undefined && (
            <p className="muted">
              {ready ? 'No site yet: add the first one.' : 'Fetching the list of your team…'}
            </p>
          )}
        </div>
      </main>
    </>
  )
}
