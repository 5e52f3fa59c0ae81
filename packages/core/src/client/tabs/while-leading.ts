import { NEVER } from 'rxjs'
import { switchTo } from '../../base/streams.ts'
import type { Transport } from '../../transport/contract.ts'
import type { TabSeat } from './contract.ts'

/** One stream for all tabs: browsers open six connections to a host. */
export const whileLeading = (
  live$: Transport['live$'],
  seat: Pick<TabSeat, 'isLeading$'>,
): Transport['live$'] =>
  live$ === undefined
    ? undefined
    : (request) => switchTo(seat.isLeading$, (isLeading) => (isLeading ? live$(request) : NEVER))
