import { ledUnit } from './led-unit.ts'
import type { ClientSeat, TabSeat } from './contract.ts'

/** What a client needs of a tab's place. Here, so that pages of one tab don't load it. */
export const seatOf = (seat: TabSeat): ClientSeat => ({
  led: (unit, connectivity) => ledUnit(unit, seat, connectivity),
  isLeading$: seat.isLeading$,
  contend: seat.contend,
  resign: seat.resign,
  close: seat.close,
})
