import { hasCode, type FieldState, type Portable } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { describe, expect, test } from 'vitest'
import { json1 } from '../../src/ot/json.ts'
import { createOtFieldType } from '../../src/ot/ot-field-type.ts'
import { guardType, type OtField } from '../../src/ot/ot-type.ts'
import { unicodeText } from '../../src/ot/text.ts'
import { generateJson, generateText, plainJson, plainText, type GenerateOperation } from './generators.ts'
import { createPlainRun, type PlainType } from './plain-run.ts'

interface Pending {
  readonly id: string
  readonly delta: Portable
}

/** A device as the engine keeps one: the server's field at a version, and operations on top that are never rewritten. */
interface Device {
  base: FieldState
  version: number
  pending: readonly Pending[]
}

interface Kind {
  readonly name: string
  readonly type: OtField
  readonly plainType: PlainType
  readonly generate: GenerateOperation
}

const histories = 300
const steps = 30

interface Options {
  readonly random: SeededRandom
  /** How many operations are remembered. */
  readonly keep: number
  /** How much more often there is an edit than anything else. */
  readonly edits: number
}

/** @throws SyncError MISSING_DEPENDENCY where more would have to be remembered */
const runHistory = ({ type, plainType, generate }: Kind, { random, keep, edits }: Options): void => {
  const field = createOtFieldType('field', guardType(type), keep)
  const plain = createPlainRun(plainType, 3)
  let server = field.empty
  let version = 0
  const done = new Set<string>()
  const devices = Array.from({ length: 3 }, (): Device => ({ base: field.empty, version: 0, pending: [] }))

  const shownBy = ({ base, version: at, pending }: Device): FieldState =>
    pending.reduce(
      (state, { id, delta }, index) =>
        field.apply(state, delta, {
          operationId: id,
          timestamp: 0,
          version: at + index + 1,
          // Where nothing is missing it makes no difference; and here it is to be told.
          replaying: false,
        }),
      base,
    )

  for (let step = 0; step < steps; step += 1) {
    const index = random.between(0, 2)
    const device = devices[index]
    if (device === undefined) continue
    const what = random.weighted({ edit: edits, push: 2, pull: 2, sync: 1 })
    if (what === 'edit') {
      const [operation] = generate(plain.documentOf(index))
      if (operation === null) continue
      const id = `o${step}`
      const wanted = { kind: 'change', input: operation } as const
      const delta = field.prepare(shownBy(device), wanted, { operationId: id, baseVersion: device.version })
      if (delta === undefined) continue
      device.pending = [...device.pending, { id, delta }]
      plain.edit(index, operation)
    }
    if (what === 'push' || what === 'sync') {
      const most = what === 'sync' ? 1_000 : random.between(1, 3)
      for (const { id, delta } of device.pending.filter(({ id }) => !done.has(id)).slice(0, most)) {
        version += 1
        server = field.apply(server, delta, { operationId: id, timestamp: 0, version, replaying: false })
        done.add(id)
      }
      plain.push(index, most)
    }
    if (what === 'pull' || what === 'sync') {
      device.base = server
      device.version = version
      device.pending = device.pending.filter(({ id }) => !done.has(id))
      plain.pull(index)
    }
    expect(shownBy(device).value).toEqual(plain.documentOf(index) ?? null)
  }
}

const kinds: readonly Kind[] = [
  { name: 'text-unicode', type: unicodeText, plainType: plainText, generate: generateText },
  { name: 'json1', type: json1, plainType: plainJson, generate: generateJson },
]

describe.each(kinds)('$name', (kind) => {
  test('[OT03] operations that are never rewritten come to what a plain run comes to, whatever is sent or seen when', () => {
    for (let seed = 0; seed < histories; seed += 1)
      runHistory(kind, { random: createSeededRandom(`${kind.name} ${seed}`), keep: 1_000, edits: 5 })
  })

  test('[OT03] so they do where few are remembered, as long as that is enough', () => {
    let ranOut = 0
    for (let seed = 0; seed < histories; seed += 1) {
      try {
        runHistory(kind, { random: createSeededRandom(`${kind.name} few ${seed}`), keep: 8, edits: 10 })
      } catch (error) {
        if (!hasCode(error, 'MISSING_DEPENDENCY')) throw error
        ranOut += 1
      }
    }
    expect(ranOut).toBeLessThan(histories / 4)
  })
})
