/** Devices of the page with two of them, and the one that a plain visit is. Each has a database of its own. */
export const devices = ['main', 'a', 'b'] as const
export type Device = (typeof devices)[number]

export const deviceOf = (search: string): Device => {
  const asked = new URLSearchParams(search).get('device')
  return devices.find((device) => device === asked) ?? 'main'
}

export const databaseOf = (device: Device): string => `field-notes-${device}`

/** Names what the browser wakes the service worker for. */
export const tagOf = (device: Device): string => `field-notes-${device}`
