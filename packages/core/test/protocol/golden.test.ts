import { readFileSync } from 'node:fs'
import { assert, expect, test } from 'vitest'
import { oldestProtocol, protocolVersion } from '../../src/protocol/version.ts'
import { fingerprintOf, wireSchemas } from './fingerprint.ts'

interface Golden {
  readonly protocolVersion: number
  readonly fingerprint: string
}

const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden

const advice = (fingerprint: string): string => `The wire protocol changed.
1. Can a peer with the old schemas still read what the new ones write, and the reverse? If not, raise
   protocolVersion in src/protocol/version.ts, write one line of history there, and keep what protocols from
   oldestProtocol on need.
2. Add messages with what is new to test/protocol/fixtures/v${protocolVersion}. Never change or remove a message
   that was released.
3. Pin { "protocolVersion": ${protocolVersion}, "fingerprint": "${fingerprint}" } in test/protocol/golden.json.
(An update of zod may describe the same schemas otherwise: then only step 3.)`

test('the wire is the pinned one', () => {
  const fingerprint = fingerprintOf(wireSchemas())
  const isPinned = protocolVersion === golden.protocolVersion && fingerprint === golden.fingerprint
  assert(isPinned, advice(fingerprint))
})

test('the oldest protocol is one that exists', () => {
  expect(oldestProtocol).toBeGreaterThanOrEqual(1)
  expect(oldestProtocol).toBeLessThanOrEqual(protocolVersion)
})

test('the fingerprint does not depend on the order of keys, and sees each change', () => {
  expect(fingerprintOf({ a: { required: ['x', 'y'] }, b: 1 })).toBe(
    fingerprintOf({ b: 1, a: { required: ['y', 'x'] } }),
  )
  expect(fingerprintOf({ anyOf: [1, 2] })).not.toBe(fingerprintOf({ anyOf: [2, 1] }))
  expect(fingerprintOf({ maxLength: 1 })).not.toBe(fingerprintOf({ maxLength: 2 }))
})
