import { array, assert as assertProperty, constantFrom, integer, oneof, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import type { OperationLife } from '../../../src/model/operation.ts'
import { leastAge } from '../../../src/oplog/expiry/age.ts'
import { eraAfterContact, eraAtWrite, noEra, type Era } from '../../../src/oplog/expiry/era.ts'
import { createSessionTime, eraTolerance, type SessionTime } from '../../../src/base/session-time.ts'

const minute = 60_000
const day = 24 * 60 * minute
const year = 365 * day
const scope = 'team-1'

type Step =
  | { readonly kind: 'pass' | 'sleep' | 'restart'; readonly ms: number }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'write' | 'contact' }

interface Made {
  readonly life: OperationLife
  readonly localSeq: number
  /** By a clock that is right. */
  readonly at: number
}

/** A device of which the truth is known: what it can prove of its operations, against that. */
const openDevice = () => {
  let now = 1_750_000_000_000
  let wrong = 0
  let monotonic = 0
  let sessions = 0
  let era: Era = noEra
  const made: Made[] = []
  const clock = { now: () => now + wrong, monotonic: () => monotonic }
  const open = (): SessionTime => {
    const session = createSessionTime(clock, `session-${(sessions += 1)}`)
    session.sight(scope, made.length + 1)
    return session
  }
  let session = open()

  return {
    do(step: Step): void {
      switch (step.kind) {
        case 'pass':
          now += step.ms
          monotonic += step.ms
          return
        case 'sleep':
          now += step.ms
          return
        case 'jump':
          wrong += step.ms
          return
        case 'restart':
          now += step.ms
          monotonic = 0
          session = open()
          return
        case 'write': {
          const look = session.look(scope)
          era = eraAtWrite(era, look)
          const { wall } = look
          const life = { lifetime: 1, era: era.number, wall, session: session.id, monotonic }
          made.push({ life, localSeq: made.length + 1, at: now })
          return
        }
        case 'contact':
          session.sight(scope, made.length + 1)
          era = eraAfterContact(era, { now: clock.now(), clockOffset: now - clock.now() })
          session.hear(scope, now)
      }
    },
    ages: () =>
      made.map(({ at, ...operation }) => ({
        true: now - at,
        least: leastAge(operation, { session: session.id, monotonic, time: session.of(scope), era }),
      })),
  }
}

const passing = record({
  kind: constantFrom('pass' as const, 'sleep' as const, 'restart' as const),
  ms: oneof(integer({ min: 0, max: 10 * minute }), integer({ min: 0, max: 20 * day })),
})
// Small ones add up; a year is more than the device is ever closed here.
const jumping = record({
  kind: constantFrom('jump' as const),
  ms: oneof(integer({ min: -20_000, max: 20_000 }), constantFrom(2 * year, -2 * year)),
})
const doing = record({ kind: constantFrom('write' as const, 'contact' as const) })

test('[TL4] whatever the clock does: what is said to be proved is never more than the truth', () => {
  let told = 0
  assertProperty(
    property(array(oneof(passing, jumping, doing, doing), { minLength: 5, maxLength: 40 }), (steps) => {
      const device = openDevice()
      for (const step of steps) {
        device.do(step)
        for (const age of device.ages()) {
          expect(age.least).toBeLessThanOrEqual(age.true)
          if (age.least > 0) told += 1
        }
      }
    }),
    { numRuns: 2_000, seed: 7 },
  )
  expect(told).toBeGreaterThan(10_000)
})

test('[TL4] with a clock that is right all is proved at the next contact, less a minute', () => {
  const device = openDevice()
  device.do({ kind: 'contact' })
  device.do({ kind: 'restart', ms: 3 * day })
  device.do({ kind: 'write' })
  device.do({ kind: 'restart', ms: 9 * day })
  expect(device.ages()).toEqual([{ true: 9 * day, least: 0 }])
  device.do({ kind: 'contact' })
  expect(device.ages()).toEqual([{ true: 9 * day, least: 9 * day - eraTolerance }])
})

test('[TL4] after a jump what was there counts from the contact at which it was noticed', () => {
  const device = openDevice()
  device.do({ kind: 'contact' })
  device.do({ kind: 'write' })
  device.do({ kind: 'jump', ms: -2 * year })
  device.do({ kind: 'restart', ms: day })
  device.do({ kind: 'contact' })
  expect(device.ages()).toEqual([{ true: day, least: 0 }])
  device.do({ kind: 'restart', ms: 5 * day })
  device.do({ kind: 'contact' })
  expect(device.ages()).toEqual([{ true: 6 * day, least: 5 * day - eraTolerance }])
})
