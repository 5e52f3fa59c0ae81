import type { Device } from './device.ts'

/** Who uses a device, and whether its network switch is on. */
export interface Session {
  readonly user: string | undefined
  readonly online: boolean
}

const nobody: Session = { user: undefined, online: true }

const keyOf = (device: Device): string => `field-notes/session/${device}`

const parse = (text: string | null | undefined): Session =>
  text === null || text === undefined ? nobody : { ...nobody, ...(JSON.parse(text) as Partial<Session>) }

export const readSession = (device: Device): Session => parse(localStorage.getItem(keyOf(device)))

/** Kept for the page, and once more where the service worker can read it. */
export const writeSession = async (device: Device, change: Partial<Session>): Promise<void> => {
  const text = JSON.stringify({ ...readSession(device), ...change })
  localStorage.setItem(keyOf(device), text)
  // Where a page is not secure there are neither caches nor service workers.
  if (!('caches' in globalThis)) return
  const cache = await caches.open('session')
  await cache.put(`/${keyOf(device)}`, new Response(text))
}

/** Other tabs of the same device sign in and out, and use the same switch. */
export const onOtherTab = (device: Device, listener: (session: Session) => void): (() => void) => {
  const listen = ({ key, newValue }: StorageEvent): void => {
    if (key === keyOf(device)) listener(parse(newValue))
  }
  window.addEventListener('storage', listen)
  return () => window.removeEventListener('storage', listen)
}

export const sessionForWorker = async (device: Device): Promise<Session> => {
  const cache = await caches.open('session')
  return parse(await (await cache.match(`/${keyOf(device)}`))?.text())
}
