import type { Ada } from './ada.ts'
import type { Device } from './device.ts'
import { places } from './places.ts'
import type { Reckoning } from './reckoning.ts'

/** The train leaves during the last push: the server has it, and the device never hears of it. */
export const leave = async (device: Device, ada: Ada, reckoning: Reckoning): Promise<void> => {
  const { client, wire } = device
  for (const id of places.unheard) {
    reckoning.site(id, () => ({ note: 'left' }))
    const receipt = client.collections.sites.update(id, { note: 'left' })
    await ada.note({ receipt, field: 'note', expected: 'unknown' })
  }
  wire.loseNextAnswer()
  device.online(true)
  const { status } = await client.syncNow()
  device.online(false)
  if (status !== 'waiting') throw new Error(`The answer was to be lost, and the device is ${status}.`)
}
