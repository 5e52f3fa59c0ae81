import type { Transport } from '../../transport/contract.ts'
import { whileAllowed } from '../live/while-allowed.ts'
import type { TabSeat } from './contract.ts'

/** One stream for all tabs: browsers open six connections to a host. */
export const whileLeading = (
  live$: Transport['live$'],
  seat: Pick<TabSeat, 'isLeading$'>,
): Transport['live$'] => (live$ === undefined ? undefined : whileAllowed(live$, seat.isLeading$))
