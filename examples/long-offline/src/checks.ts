import type { Risk } from '@holdfast/core'
import type { Expected } from './edits.ts'
import { places } from './places.ts'
import type { Ending } from './story.ts'

export interface Check {
  readonly claim: string
  readonly holds: boolean
  /** What was found instead. */
  readonly found: string
}

const without = (all: ReadonlySet<string>, those: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...all].filter((one) => !those.has(one)))

/** What only one of them has. */
const apart = (left: ReadonlySet<string>, right: ReadonlySet<string>): readonly string[] => [
  ...without(left, right),
  ...without(right, left),
]

/** Each figure of the table, against what a plain reckoning says of it. */
export const checksOf = (ending: Ending, edits: number): readonly Check[] => {
  const { made, queued, preflight, backup, restored, accounts, sent, answers, equal, deadLetters } = ending
  const expecting = (...kinds: readonly Expected[]) => made.filter(({ expected }) => kinds.includes(expected))
  const records = (of: readonly { readonly recordId: string }[]) =>
    new Set(of.map(({ recordId }) => recordId))
  const counted = [...accounts.counts.values()].reduce((sum, { operations }) => sum + operations, 0)
  const named = (level: Risk) =>
    new Set(preflight.entities.filter(({ risk }) => risk === level).map(({ id }) => id))
  const inQueue = made.filter(({ expected }) => expected !== 'expired' && expected !== 'unknown')
  const high = records(expecting('answered', 'takenBack', 'gone'))
  const medium = without(records(inQueue.filter(({ operationId }) => ending.met.has(operationId))), high)
  const low = without(without(records([...inQueue, ...expecting('unknown')]), high), medium)
  const dead = [...accounts.counts].filter(([name]) => name.startsWith('dead letter'))
  const letters = dead.reduce((sum, [, { operations, folded }]) => sum + operations - folded, 0)
  const absent: readonly string[] = [...places.gone, ...places.deletedLate]
  const unknown = expecting('unknown')
  const missing = made.filter(({ recordId, expected }) => absent.includes(recordId) && expected !== 'unknown')
  const questions = Object.values(answers.questions).reduce((sum, count) => sum + count, 0)
  const leaving = queued.after - ending.takenBack + answers.operations
  const differing = [['the server', equal.server] as const, ...equal.devices].filter(
    ([, text]) => text !== equal.reckoned,
  )
  const check = (claim: string, holds: boolean, found: unknown): Check => ({
    claim,
    holds,
    found: JSON.stringify(found),
  })

  return [
    check(
      `each of ${made.length} operations ended as it had to`,
      accounts.wrong.length === 0 && counted === made.length && made.length === edits + places.unheard.length,
      accounts.wrong.slice(0, 5),
    ),
    check(
      'the queue held what was neither sent before nor expired',
      queued.before === inQueue.length,
      queued,
    ),
    check(
      'preflight named as HIGH exactly what somebody was asked about and what was gone, and that waited',
      apart(named('HIGH'), high).length === 0 && ending.attention === high.size,
      { named: apart(named('HIGH'), high), attention: ending.attention },
    ),
    check(
      'as MEDIUM what else both had changed, as LOW the rest of what was not decided',
      [...apart(named('MEDIUM'), medium), ...apart(named('LOW'), low)].length === 0,
      [apart(named('MEDIUM'), medium), apart(named('LOW'), low)],
    ),
    check(
      'of each disputed site one question was asked',
      questions === records(expecting('answered')).size,
      answers.questions,
    ),
    check(
      'one reset, because of the long absence',
      ending.resets.join() === 'offline_too_long' && backup.reason === 'offline_too_long',
      ending.resets,
    ),
    check(
      'the backup held the whole queue and what had no answer',
      backup.size === queued.before + places.unheard.length,
      backup,
    ),
    check(
      'an empty device got all of it back that was not decided as part of another, once; what has no record any more, or may have been applied, as dead letters',
      restored.queued + restored.deadLetters === restored.exported &&
        restored.known === 0 &&
        restored.again.known === restored.exported &&
        (queued.after === queued.before
          ? restored.exported === backup.size
          : restored.exported >= queued.after && restored.exported < backup.size) &&
        restored.gone.join() === [...records(missing)].sort().join() &&
        restored.unknown === unknown.length,
      { restored, backup: backup.size, missing: records(missing).size, unknown: unknown.length },
    ),
    check(
      'what was left of the queue was sent, and the answers',
      sent.operations === leaving + sent.madeAgain,
      { ...sent, leaving },
    ),
    check(
      'every dead letter says why',
      deadLetters.length === letters &&
        deadLetters.every(({ fate }) => fate.kind === 'rejected' && fate.code !== '' && fate.message !== ''),
      deadLetters.map(({ fate }) => fate),
    ),
    check(
      'the server has what a plain reckoning says, and every device shows it',
      differing.length === 0,
      differing.map(([name]) => name),
    ),
  ]
}
