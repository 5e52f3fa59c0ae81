import { useEffect, useMemo, useState } from 'react'
import type { AppVersion } from '../client/app-version.ts'
import type { Device } from '../client/device.ts'
import { createNetwork } from '../client/network.ts'
import { openClient, type Client, type Opening } from '../client/open-client.ts'
import { onOtherTab, readSession, writeSession } from '../client/session.ts'
import { personOf } from '../shared/people.ts'
import { NewerVersion } from './newer-version.tsx'
import { Notice } from './notice.tsx'
import { SignIn } from './sign-in.tsx'
import { Work } from './work.tsx'
import { WorkspaceContext } from './use-workspace.ts'

interface AppProps {
  readonly device: Device
  /** Who is signed in where nobody has been yet. */
  readonly suggested: string | undefined
  readonly version: AppVersion
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const signIn = async (opening: Opening): Promise<Client> => {
  await writeSession(opening.device, { user: opening.person.id })
  return openClient(opening)
}

const lostText = 'The browser removed what was stored here. What had been sent is being fetched again.'

export const App = ({ device, suggested, version }: AppProps): React.ReactNode => {
  const [person, setPerson] = useState(() => personOf(readSession(device).user ?? suggested))
  const [client, setClient] = useState<Client>()
  const [notice, setNotice] = useState<string>()
  const network = useMemo(() => createNetwork(readSession(device).online), [device])

  useEffect(
    () =>
      onOtherTab(device, ({ user, online }) => {
        setPerson(personOf(user))
        network.set(online)
      }),
    [device, network],
  )

  useEffect(() => {
    if (person === undefined) return undefined
    let isHere = true
    const onLocalDataLost = (): void => setNotice(lostText)
    const opening = signIn({ device, person, network, onLocalDataLost })
    opening.then(
      (opened) => isHere && setClient(opened),
      (error: unknown) => isHere && setNotice(messageOf(error)),
    )
    return () => {
      // Somebody else may be here by the time that it is open.
      isHere = false
      setClient(undefined)
      opening.then((opened) => opened.close()).catch(() => undefined)
    }
  }, [device, person, network])

  const signOut = (): void => {
    setPerson(undefined)
    writeSession(device, { user: undefined }).catch(() => undefined)
  }
  const workspace = useMemo(
    () =>
      client === undefined || person === undefined
        ? undefined
        : {
            client,
            network,
            person,
            act: (work: Promise<unknown>) => {
              work.catch((error: unknown) => setNotice(messageOf(error)))
            },
          },
    [client, network, person],
  )

  return (
    <>
      <NewerVersion version={version} client={client} />
      <Notice text={notice} onClose={() => setNotice(undefined)} />
      {person === undefined && <SignIn onPick={setPerson} />}
      {workspace !== undefined && (
        <WorkspaceContext value={workspace}>
          <Work device={device} onSignOut={signOut} />
        </WorkspaceContext>
      )}
    </>
  )
}
