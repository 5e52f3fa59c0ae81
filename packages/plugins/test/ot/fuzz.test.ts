import { expect, test } from 'vitest'
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
  (_name, type, generate) => {
    const before = console.log
    console.log = () => undefined
    try {
      expect(() => fuzz(guardType(type), generate, iterations)).not.toThrow()
    } finally {
      console.log = before
    }
  },
)
