import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareSeeds, findingsOf } from './sim/compare-seeds.ts'
import { standInBuffer } from './sim/stand-ins/node-buffer.ts'
import * as standInCrypto from './sim/stand-ins/node-crypto.ts'

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

test(
  'a world does in Chromium, over SQLite WASM on OPFS, what it does in Node, and breaks no promise there',
  { timeout: 240_000 },
  async () => {
    const { findings, same, databases } = await compareSeeds(seeds)
    expect(findings).toEqual([])
    expect(same).toBe(seeds.length)
    expect(databases).toBeGreaterThan(seeds.length)
  },
)

test('a world that differs is told, and one that breaks a promise', () => {
  expect(findingsOf(7, { hash: 'a', violation: undefined }, { hash: 'a' })).toEqual([])
  expect(findingsOf(7, { hash: 'a', violation: 'durable: lost' }, { hash: 'b' })).toEqual([
    'seed 7 differs: a in Chromium, b in Node',
    'seed 7 breaks a promise: durable: lost',
  ])
})

test('the stand-ins for what is of Node answer as Node does', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(text, text, fc.uint8Array({ maxLength: 200 }), (first, second, key) => {
      const encodings = ['utf8', 'base64', 'base64url'] as const
      const bytes = standInBuffer.from(first)
      expect([...bytes]).toEqual([...Buffer.from(first)])
      expect(standInBuffer.byteLength(first)).toBe(Buffer.byteLength(first))
      for (const encoding of encodings) {
        const written = bytes.toString(encoding)
        expect(written).toBe(Buffer.from(first).toString(encoding))
        expect([...standInBuffer.from(written, encoding)]).toEqual([...Buffer.from(written, encoding)])
      }
      const hash = standInCrypto.createHash('sha256').update(first).update(second).digest('base64url')
      expect(hash).toBe(createHash('sha256').update(first).update(second).digest('base64url'))
      const mac = standInCrypto.createHmac('sha256', standInCrypto.createSecretKey(key)).update(first)
      expect(mac.digest('base64')).toBe(createHmac('sha256', key).update(first).digest('base64'))
    }),
  )
})
