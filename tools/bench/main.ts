import { parseArgs } from 'node:util'
import { measureCompaction } from './compaction.ts'
import { measureDrain } from './drain.ts'
import { measureLocalWrites } from './local-writes.ts'
import type { Measure } from './measure.ts'
import { measureServerPushes } from './server-pushes.ts'
import { measureQueries } from './queries.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const measures: readonly Measure[] = [
  ...(await measureLocalWrites()),
  ...(await measureQueries()),
  ...(await measureDrain()),
  ...(await measureCompaction()),
  ...(await measureServerPushes()),
]

const show = ({ name, unit, value, floor, note }: Measure): string =>
  [
    name,
    `  ${Math.round(value).toLocaleString('en')} ${unit}, floor ${Math.round(floor).toLocaleString('en')}`,
    `  ${(floor / value).toFixed(1)} x the floor's time (${note})`,
  ].join('\n')

console.log(values.json ? JSON.stringify(measures) : measures.map(show).join('\n'))
