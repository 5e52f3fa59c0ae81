import { parseArgs } from 'node:util'
import { measureAppStart } from './app-start.ts'
import { measureCompaction } from './compaction.ts'
import { measureDrain } from './drain.ts'
import { measureLocalWrites } from './local-writes.ts'
import { timesTheFloor, type Measure } from './measure.ts'
import { measureServerPushes } from './server-pushes.ts'
import { measureQueries } from './queries.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const measures: readonly Measure[] = [
  ...(await measureLocalWrites()),
  ...(await measureQueries()),
  ...(await measureDrain()),
  ...(await measureCompaction()),
  ...(await measureServerPushes()),
  ...(await measureAppStart()),
]

const show = (measure: Measure): string => {
  const { name, unit, value, floor, note } = measure
  return [
    name,
    `  ${Math.round(value).toLocaleString('en')} ${unit}, floor ${Math.round(floor).toLocaleString('en')}`,
    `  ${timesTheFloor(measure).toFixed(1)} x the floor's time (${note})`,
  ].join('\n')
}

console.log(values.json ? JSON.stringify(measures) : measures.map(show).join('\n'))
