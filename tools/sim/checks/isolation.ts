import type { PushInput } from '@holdfast/core/protocol'
import type { Device } from '../world/device.ts'
import { findOperation } from './mirror.ts'
import { must } from './violation.ts'

/**
 * What a user's tab sends is that user's, whoever else uses the machine.
 * @param isRemoved another tab heard what became of it, and its archive has no room
 * @throws Violation
 */
export const checkOwn = (
  { mirror, name }: Device,
  { clientId, operations }: PushInput,
  isRemoved: (id: string) => boolean,
): void => {
  const isIts = clientId === mirror.clientId || mirror.formerIds.includes(clientId)
  must(isIts, 'isolated', () => `${name} sends as ${clientId}`)
  for (const { id, type } of operations) {
    // An empty one stands for what was discarded.
    const isOwn = type === '' || findOperation(mirror, id) !== undefined || isRemoved(id)
    must(isOwn, 'isolated', () => `${name} sends ${id}, which it does not have`)
  }
}
