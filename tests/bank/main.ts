import { parseArgs } from 'node:util'
import { runBank } from './run-bank.ts'

/** `node main.ts --accounts 100000 --kills 20 --seed 1`: prints what became of it as one line of JSON. */
const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})
const { accounts, kills, seed } = values
console.log(
  JSON.stringify(await runBank({ accounts: Number(accounts), kills: Number(kills), seed: Number(seed) })),
)
process.exit()
