import type { SyncState } from '@holdfast/core'
import { of } from 'rxjs'
import type { AppVersion } from '../client/app-version.ts'
import type { Client } from '../client/open-client.ts'
import { useObservable } from './use-observable.ts'

interface NewerVersionProps {
  readonly version: AppVersion
  readonly client: Client | undefined
}

const noState$ = of(undefined)

/** Another tab has the newer version already, and it wrote the local data. */
const isOutdated = (state: SyncState | undefined): boolean =>
  state?.status === 'blocked' && state.error.code === 'UPGRADE_REQUIRED'

/** Always there, so that screen readers hear of a change. */
export const NewerVersion = ({ version, client }: NewerVersionProps): React.ReactNode => {
  const isReady = useObservable(version.isNewerReady$, false)
  const state = useObservable<SyncState | undefined>(client?.state$ ?? noState$, client?.state)
  const load = (): void => {
    // What was just written is stored first. What is being typed is kept for this tab.
    const closed = client?.close() ?? Promise.resolve()
    closed.catch(() => undefined).finally(version.loadNewer)
  }
  return (
    <div role="status" className="notice-place">
      {(isReady || isOutdated(state)) && (
        <div className="banner banner-ask">
          <p>A new version is ready. What you wrote stays.</p>
          <button type="button" className="main-action" onClick={load}>
            Reload
          </button>
        </div>
      )}
    </div>
  )
}
