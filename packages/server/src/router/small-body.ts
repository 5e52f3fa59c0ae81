/** On a procedure whose requests carry no more than names, a cursor or a token. */
const smallBody = Symbol('small body')

export const withSmallBody = <TProcedure extends object>(procedure: TProcedure): TProcedure =>
  Object.defineProperty(procedure, smallBody, { value: true })

export const hasSmallBody = (procedure: unknown): boolean =>
  typeof procedure === 'function' && smallBody in procedure
