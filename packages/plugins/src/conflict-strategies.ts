export { clientWins } from './conflict-strategies/client-wins.ts'
export { largestWins, smallestWins } from './conflict-strategies/extremes.ts'
