import { parseArgs } from 'node:util'
import { runBank } from './run-bank.ts'

/** `node main.ts --storage sqlite --accounts 100000 --kills 20 --seed 1`: prints what became of it as one line of JSON. */
const { values } = parseArgs({
  options: {
    storage: { type: 'string', default: 'sqlite' },
    accounts: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})
const { accounts, kills, seed } = values
const storage = values.storage === 'indexeddb' ? 'indexeddb' : 'sqlite'
const result = await runBank({
  storage,
  accounts: Number(accounts),
  page: 500,
  kills: Number(kills),
  seed: Number(seed),
})
console.log(JSON.stringify(result))
process.exit()
