import type { Portable } from '@holdfast/core'
import { writeFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the types' own authors fuzz them with. Draws from the one random of `ot-fuzzer`, which has a fixed seed. */
export type GenerateOperation = (
  document: Portable | undefined,
) => readonly [operation: Portable, after: Portable | undefined]

type Fuzz = (type: object, generate: GenerateOperation, iterations: number) => void

const require = createRequire(import.meta.url)
const textGenerator = require.resolve('ot-text-unicode/test/genOp.js')

// The fuzzer keeps its place in a file, from which a crashed run would go on.
const place = join(tmpdir(), `ot-fuzzer-${process.pid}`)
process.env['SYNCFILE'] = place

// The package of json1 brings its generator, but not the one for texts that it asks for: that is text-unicode's.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === './genTextOp' ? textGenerator : specifier, context),
})

export const generateText = require(textGenerator) as GenerateOperation
export const generateJson = require('ot-json1/test/genOp.js') as GenerateOperation
const runFuzzer = require('ot-fuzzer') as Fuzz

export const fuzz: Fuzz = (type, generate, iterations) => {
  // It removes what it may not have written.
  writeFileSync(place, '')
  runFuzzer(type, generate, iterations)
}
