import { rulesOf } from '../model/rules.ts'
import type { Value } from '../model/values.ts'
import type { DeviceMirror, Mirror } from './mirror.ts'
import { shownIn } from './shown.ts'
import { must } from './violation.ts'

/**
 * Each record that is shown has its one entry in each index, and there is nothing else: by the layout of
 * docs/decisions/0009.
 * @throws Violation
 */
export const checkIndexes = ({ entries }: DeviceMirror, mirror: Mirror): void => {
  const { scope } = mirror
  const wanted = new Set<string>()
  for (const key of mirror.records.keys()) {
    const [collection = '', id = ''] = key.split('/')
    const { indexes = [] } = rulesOf(collection)
    const record = indexes.length === 0 ? undefined : shownIn(mirror, key)
    if (record === undefined) continue
    for (const index of indexes) {
      const values = index.map((field) => textOf(record[field])).join('')
      wanted.add(`idx/${scope}/${collection}/${index.join(':')}/${values}/${id}`)
    }
  }
  const there = [...entries.keys()].filter((key) => key.startsWith(`idx/${scope}/`))
  const extra = there.find((key) => !wanted.has(key))
  must(extra === undefined, 'convergent', () => `${extra} is in an index, and no record says so`)
  must(
    there.length === wanted.size,
    'convergent',
    () => `of ${[...wanted].filter((key) => !entries.has(key)).join()} an index knows nothing`,
  )
}

const textOf = (value: Value | undefined): string => {
  switch (typeof value) {
    case 'boolean':
      return `1${value ? '1' : '0'} `
    case 'number':
      return `2${numberText(value)} `
    case 'string':
      return `4${stringText(value)}`
    default:
      return '0 '
  }
}

/** The bits of a positive number or nought, with the sign turned over. */
const numberText = (value: number): string => {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  return (bits.getBigUint64(0) ^ 0x8000_0000_0000_0000n).toString(16).padStart(16, '0')
}

const longest = 72

/** Simulated texts are ASCII: what is below `0` follows a mark, the rest stands for itself. */
const stringText = (text: string): string => {
  const whole = text.replaceAll(/[ -/]/g, (letter) => `!${String.fromCharCode(letter.charCodeAt(0) + 0x30)}`)
  return whole.length <= longest ? `${whole} ` : `${whole.slice(0, longest)}"`
}
