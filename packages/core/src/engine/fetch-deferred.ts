import type { CycleContext } from './cycle-context.ts'

/** A run that may only push has to fetch the scope whole before it can go on. */
export class FetchDeferred extends Error {
  constructor() {
    super('The scope is fetched once the network is not metered.')
  }
}

/** @throws FetchDeferred */
export const mayFetchWhole = ({ frugal }: Pick<CycleContext, 'frugal'>): void => {
  if (frugal !== undefined) throw new FetchDeferred()
}
