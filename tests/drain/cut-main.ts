import { runCut } from './run-cut.ts'

/** `node cut-main.ts 10000 20 seed`: prints what came of it as a line of JSON. */
const [operations = '', cuts = '', seed = ''] = process.argv.slice(2)
console.log(JSON.stringify(await runCut(Number(operations), Number(cuts), seed)))
process.exit()
