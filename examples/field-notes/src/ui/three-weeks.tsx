import { useState } from 'react'
import { writeThreeWeeks } from '../client/three-weeks.ts'
import { useWorkspace } from './use-workspace.ts'

/** For trying out what a long absence looks like: switch the network off before. */
export const ThreeWeeks = (): React.ReactNode => {
  const { client, act } = useWorkspace()
  const [busy, setBusy] = useState(false)
  const write = async (): Promise<void> => {
    setBusy(true)
    try {
      await writeThreeWeeks(client)
    } finally {
      setBusy(false)
    }
  }
  return (
    <button type="button" disabled={busy} onClick={() => act(write())}>
      {busy ? 'Writing…' : 'Write three weeks of edits'}
    </button>
  )
}
