import type { Data, Value } from '../model/values.ts'
import type { Mirror } from './mirror.ts'
import { shownOf } from './shown.ts'
import { must } from './violation.ts'

const longest = 72

/** As docs/decisions/0009 has it: the values that the simulated records hold, as texts in their order. */
const textOf = (value: Value | undefined): string => {
  if (value === undefined || value === null) return '0 '
  if (typeof value === 'boolean') return value ? '11 ' : '10 '
  if (typeof value === 'number') return `2${numberText(value)} `
  if (typeof value !== 'string') throw new Error(`No simulated index is of ${typeof value}.`)
  const content = value.split('').map(characterText).join('')
  return content.length <= longest ? `4${content} ` : `4${content.slice(0, longest)}"`
}

const numberText = (value: number): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  const bits = bytes.readBigUInt64BE()
  const all = 2n ** 64n - 1n
  const turned = value < 0 ? bits ^ all : bits | (1n << 63n)
  return turned.toString(16).padStart(16, '0')
}

const characterText = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code > 0x7c) throw new Error(`No simulated text holds ${character}.`)
  return code < 0x30 ? `!${String.fromCharCode(0x30 + code)}` : character
}

const valueAt = (data: Data, path: string): Value | undefined => data[path]

/**
 * An index that is ready says what the records say, all of them; one that is being built says it of those that were
 * reached; none says anything else.
 * @throws Violation
 */
export const checkIndexes = (mirror: Mirror, records: ReadonlySet<string>): void => {
  for (const record of records) {
    const [collection = '', id = ''] = record.split('/')
    const shown = shownOf(mirror.records.get(record))
    const there = mirror.indexEntries.get(record) ?? new Set()
    let leftOver = there.size
    for (const [name, { fields, state }] of Object.entries(mirror.indexes[collection] ?? {})) {
      const prefix = `idx/team-1/${collection}/${name}/`
      const found = [...there].filter((key) => key.startsWith(prefix))
      leftOver -= found.length
      if (state === 'removing') continue
      const values = fields.map((path) => textOf(shown && valueAt(shown, path))).join('')
      const wanted = shown === undefined ? [] : [`${prefix}${values}/${id}`]
      const reached = mirror.built.get(`${collection}/${name}`) ?? ''
      const isOptional = state === 'building' && id > reached && found.length === 0
      must(
        isOptional || found.join() === wanted.join(),
        'atomic',
        () => `the index ${name} (${state}) has ${record} as\n  ${found.join()}\nmust be\n  ${wanted.join()}`,
      )
    }
    must(leftOver === 0, 'atomic', () => `${record} is in an index that is not there: ${[...there].join()}`)
  }
}
