import type { Portable } from '@holdfast/core'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlainType } from './plain-run.ts'

/** What the types' own authors fuzz them with. Draws from the one random of `ot-fuzzer`, which has a fixed seed. */
export type GenerateOperation = (
  document: Portable | undefined,
) => readonly [operation: Portable, after: Portable | undefined]

type RunFuzzer = (type: object, generate: GenerateOperation, iterations: number) => void

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

/** The types as their packages have them: nothing of the product's. */
export const { type: plainText } = require('ot-text-unicode') as { readonly type: PlainType }
const { type: plainJson1 } = require('ot-json1') as {
  readonly type: PlainType & { readonly transformNoConflict: PlainType['transform'] }
}
/** Two writes of one place are no error: that is how `ot-json1` is to be asked for it. */
export const plainJson: PlainType = {
  create: () => undefined,
  apply: (document, operation) => plainJson1.apply(document, operation),
  transform: (operation, other, side) => plainJson1.transformNoConflict(operation, other, side),
}

const runFuzzer = require('ot-fuzzer') as RunFuzzer

/** Runs the fuzzer; resolves to how often it called the type, as it tells. Throws where it finds something. */
export const fuzz = (type: object, generate: GenerateOperation, iterations: number): string => {
  // It removes what it may not have written, and leaves what it writes now and then.
  writeFileSync(place, '')
  const told: string[] = []
  const before = console.log
  console.log = (...words: readonly unknown[]) => void told.push(words.join(' '))
  try {
    runFuzzer(type, generate, iterations)
  } finally {
    console.log = before
    rmSync('fuzzercrash.data', { force: true })
  }
  return told
    .flatMap((line) => /^\t(\w+): (\d+)$/.exec(line)?.slice(1).toReversed().join(' ') ?? [])
    .join(', ')
}
