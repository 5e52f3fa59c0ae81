import { browserConnectivity, type MeteredReason } from '@holdfast/core'

declare global {
  interface Window {
    metering: {
      readonly now: () => MeteredReason | 'unmetered' | 'unknown'
      readonly heard: readonly (MeteredReason | 'unmetered')[]
    }
  }
}

const { metering } = browserConnectivity()
const heard: (MeteredReason | 'unmetered')[] = []
metering?.metered$.subscribe((reason) => heard.push(reason ?? 'unmetered'))
window.metering = {
  now: () => (metering === undefined ? 'unknown' : (metering.metered() ?? 'unmetered')),
  heard,
}
