import { expect, test } from 'vitest'
import { defineInspector } from '@holdfast/plugins/inspector'

test('[IN10] where there are no elements the module loads, and defines nothing', () => {
  expect('customElements' in globalThis).toBe(false)
  expect(() => defineInspector()).not.toThrow()
})
