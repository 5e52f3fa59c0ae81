import { useMemo } from 'react'
import type { Device } from '../client/device.ts'
import { writeSession } from '../client/session.ts'
import { useObservable } from './use-observable.ts'
import { useWorkspace } from './use-workspace.ts'

/** Switches this device's network off, whatever the browser has; and says so where the browser has none. */
export const NetworkSwitch = ({ device }: { readonly device: Device }): React.ReactNode => {
  const { network, act } = useWorkspace()
  const online = useObservable(
    useMemo(() => network.online$, [network]),
    network.isOnline(),
  )
  const toggle = (): void => {
    network.set(!online)
    act(writeSession(device, { online: !online }))
  }
  return (
    <button type="button" role="switch" aria-checked={online} className="switch" onClick={toggle}>
      <span className="switch-track" aria-hidden="true" />
      Network
    </button>
  )
}
