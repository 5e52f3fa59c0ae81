import type { ExpirableOperation } from '@holdfast/core'

/** What is sent at once is on its way by then. */
export const dropMs = 10_000

/**
 * True for an operation whose lifetime is over; of one that is to be dropped, once it could not be sent at once. Pure.
 * @param isConnected what is written now leaves at once
 */
export const isOver = ({ operation, age, isOfBefore }: ExpirableOperation, isConnected: boolean): boolean => {
  const { life } = operation
  if (life === undefined) return false
  return life.lifetime === 'drop' ? !isConnected || isOfBefore || age >= dropMs : age >= life.lifetime
}
