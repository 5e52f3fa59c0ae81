import { runDrain } from './run-drain.ts'

/** `node main.ts 1000 10000`: drains each number of operations, and prints what came of it as one line of JSON each. */
for (const operations of process.argv.slice(2))
  console.log(JSON.stringify(await runDrain(Number(operations))))
process.exit()
