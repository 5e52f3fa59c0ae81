import { runTexts } from './run-texts.ts'

/** `node main.ts seed devices edits notes`: prints what came of it as one line of JSON. */
const [seed = 'texts', devices = '4', edits = '1000', notes = '4'] = process.argv.slice(2)
console.log(
  JSON.stringify(
    await runTexts({ seed, devices: Number(devices), edits: Number(edits), notes: Number(notes) }),
  ),
)
process.exit()
