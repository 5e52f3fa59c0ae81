import { createContext, useContext } from 'react'
import type { Client } from '../client/open-client.ts'
import type { Network } from '../client/network.ts'
import type { Person } from '../shared/people.ts'

export interface Workspace {
  readonly client: Client
  readonly network: Network
  readonly person: Person
  /** Waits for a write, and says so in the page where it fails. */
  readonly act: (work: Promise<unknown>) => void
}

export const WorkspaceContext: React.Context<Workspace | undefined> = createContext<Workspace | undefined>(
  undefined,
)

export const useWorkspace = (): Workspace => {
  const workspace = useContext(WorkspaceContext)
  if (workspace === undefined) throw new Error('This is only shown to somebody who is signed in.')
  return workspace
}
