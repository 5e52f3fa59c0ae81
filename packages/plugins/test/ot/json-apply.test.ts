import type { Portable } from '@holdfast/core'
import type { JSONOp } from 'ot-json1'
import { expect, test } from 'vitest'
import { applyJson } from '../../src/ot/json-apply.ts'
import { generateJson, plainJson } from './generators.ts'

const frozen = <TValue extends Portable | undefined>(value: TValue): TValue => {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member as Portable)
  return Object.freeze(value)
}

test('[OT06] three thousand of twenty thousand members are taken out in no time', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${String(index).padStart(5, '0')}`)
  const document = Object.fromEntries(keys.map((key) => [key, 1]))
  const operation: JSONOp = keys.slice(0, 3_000).map((key) => [key, { r: true }])
  const start = performance.now()
  expect(Object.keys(applyJson(document, operation) ?? {})).toHaveLength(17_000)
  // The package takes 12 s.
  expect(performance.now() - start).toBeLessThan(3_000)
})

test('[OT01] operations of documents are applied as their package applies them, and change no document that is given', () => {
  let document = plainJson.create()
  for (let step = 0; step < 10_000; step += 1) {
    const [operation] = generateJson(document)
    const expected = plainJson.apply(document, operation)
    expect({ document, operation, after: applyJson(frozen(document), frozen(operation) as JSONOp) }).toEqual({
      document,
      operation,
      after: expected,
    })
    document = expected
  }
})
