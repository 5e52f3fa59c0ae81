import type { QueueState } from '@holdfast/core'
import type { Device } from '../client/device.ts'
import { Avatar } from './avatar.tsx'
import { describeState } from './describe-state.ts'
import { NetworkSwitch } from './network-switch.tsx'
import { ThreeWeeks } from './three-weeks.tsx'
import { useObservable } from './use-observable.ts'
import { useSettled } from './use-settled.ts'
import { useWorkspace } from './use-workspace.ts'

const empty: QueueState = { pending: 0, sent: 0, conflicts: 0, deadLetters: 0, limit: 0, level: 'ok' }

interface SyncBarProps {
  readonly device: Device
  readonly onSignOut: () => void
}

export const SyncBar = ({ device, onSignOut }: SyncBarProps): React.ReactNode => {
  const { client, person } = useWorkspace()
  const state = useObservable(client.state$, client.state)
  const { pending, sent, conflicts } = useObservable(client.queue$, empty)
  const { tone, text } = describeState(state, conflicts)
  const waiting = pending + sent
  const count = waiting === 1 ? '1 change waits' : `${waiting} changes wait`
  const spoken = useSettled(waiting === 0 ? text : `${text}. ${count}`)
  return (
    <header className="bar">
      <div className="bar-name">
        <img src="/icon.svg" alt="" width="32" height="32" />
        <h1>Field notes</h1>
      </div>
      <p className={`state state-${tone}`} data-testid="state">
        {text}
      </p>
      {waiting > 0 && (
        <p className="badge" data-testid="queue">
          {count}
        </p>
      )}
      <p className="unseen" role="status">
        {spoken}
      </p>
      <div className="bar-actions">
        <ThreeWeeks />
        <NetworkSwitch device={device} />
        <span className="who">
          <Avatar id={person.id} />
          <span className="who-name">{person.name}</span>
        </span>
        <button type="button" className="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </header>
  )
}
