import type { Expected } from './ada.ts'
import { places } from './places.ts'
import type { Ending } from './story.ts'

export interface Check {
  readonly claim: string
  readonly holds: boolean
  /** What was found instead. */
  readonly found: string
}

const same = (left: ReadonlySet<string>, right: ReadonlySet<string>): boolean =>
  left.size === right.size && [...left].every((one) => right.has(one))

/** Each figure of the table, against what a plain reckoning says of it. */
export const checksOf = (ending: Ending, edits: number): readonly Check[] => {
  const { made, queued, preflight, backup, restored, accounts, sent, answers, equal, deadLetters } = ending
  const expecting = (...kinds: readonly Expected[]) => made.filter(({ expected }) => kinds.includes(expected))
  const records = (of: readonly { readonly recordId: string }[]) =>
    new Set(of.map(({ recordId }) => recordId))
  const counted = [...accounts.counts.values()].reduce((sum, { operations }) => sum + operations, 0)
  const high = new Set(preflight.entities.filter(({ risk }) => risk === 'HIGH').map(({ id }) => id))
  const absent: readonly string[] = [...places.gone, ...places.deletedLate]
  const missing = made.filter(({ recordId, expected }) => absent.includes(recordId) && expected !== 'unknown')
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
      queued.before === made.length - expecting('expired', 'unknown').length,
      queued,
    ),
    check(
      'preflight named exactly the records that were asked about or gone as HIGH, and these waited',
      same(high, records(expecting('answered', 'takenBack', 'gone'))) && ending.attention === high.size,
      { high: [...high], attention: ending.attention },
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
      'an empty device got all of it back: once, and as dead letters what has no record any more',
      restored.queued + restored.deadLetters === backup.size &&
        restored.deadLetters === missing.length &&
        restored.known === 0 &&
        restored.again.known === backup.size,
      { restored, missing: missing.length },
    ),
    check(
      'what was left of the queue was sent, and the answers',
      sent.operations === leaving + sent.madeAgain,
      { ...sent, leaving },
    ),
    check(
      'every dead letter says why',
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
