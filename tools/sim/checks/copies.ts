import type { Device } from '../world/device.ts'
import type { Sim } from '../world/sim.ts'
import type { DeviceMirror } from './mirror.ts'
import { must } from './violation.ts'

/**
 * Two stores of one client never both go on in a scope without a word: the server decides nothing that the other made
 * by itself before somebody was told.
 * @throws Violation
 */
export const checkCopies = (
  devices: readonly Device[],
  { journalOf, inherited }: Pick<Sim, 'journalOf' | 'inherited'>,
): void => {
  for (const device of devices) {
    for (const other of devices) {
      const isPair = device.name < other.name && device.mirror.clientId === other.mirror.clientId
      if (!isPair || device.mirror.clientId === undefined) continue
      if ([device, other].some(({ mirror }) => hasUnknown(mirror))) continue
      for (const [scope, { ids }] of device.mirror.scopes) {
        const there = other.mirror.scopes.get(scope)
        if (there === undefined) continue
        // One of them may have left the scope since, and forgotten what both had.
        const isNew = (id: string): boolean =>
          !inherited.has(id) && journalOf(scope).decision(id) !== undefined
        const own = [...ids.keys()].find((id) => !there.ids.has(id) && isNew(id))
        const others = [...there.ids.keys()].find((id) => !ids.has(id) && isNew(id))
        must(
          own === undefined || others === undefined,
          'exactly once',
          () => `${device.name} and ${other.name} both went on in ${scope}: ${own} and ${others}`,
        )
      }
    }
  }
}

/** It was told that the server has something else under a number. */
const hasUnknown = ({ scopes }: DeviceMirror): boolean =>
  [...scopes.values()].some(({ operations }) =>
    [...operations.values()].some(({ fate }) => fate.code === 'OUTCOME_UNKNOWN'),
  )
