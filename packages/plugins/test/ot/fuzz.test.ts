import type { Portable } from '@holdfast/core'
import { expect, test } from 'vitest'
import { figure } from '../../../../tests/harness/figure.ts'
import { json1 } from '../../src/ot/json.ts'
import { guardType } from '../../src/ot/ot-type.ts'
import { unicodeText } from '../../src/ot/text.ts'
import { fuzz, generateJson, generateText } from './generators.ts'

const iterations = 2_000

test.each([
  ['text-unicode', unicodeText, generateText],
  ['json1', json1, generateJson],
] as const)(
  '[OT01] the authors of %s find nothing wrong with it as it is wrapped here',
  (name, type, generate) => {
    figure(`${name}: ot-fuzzer, ${iterations} iterations: ${fuzz(guardType(type), generate, iterations)}`)
  },
)

test('[OT01] they find it where a type is wrong', () => {
  const oneSided = {
    ...guardType(unicodeText),
    transform: (operation: Portable, other: Portable) => unicodeText.transform(operation, other, 'left'),
  }
  expect(() => fuzz(oneSided, generateText, iterations)).toThrow(/equal/)
})
