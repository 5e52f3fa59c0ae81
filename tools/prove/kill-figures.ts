import { randomUUID } from 'node:crypto'
import type { DeviceKills, Moment } from '../../tests/kills/kill-device.ts'
import type { ServerKills } from '../../tests/kills/kill-server.ts'
import type { Evidence } from './proof.ts'

/** Another one each time, unless `HOLDFAST_SEED` names one. */
export const killSeed = (): string => process.env['HOLDFAST_SEED'] ?? randomUUID().slice(0, 8)

const shownViolations = 20

/** Prints what was violated, as far as a person wants to read. */
export const showViolations = (violations: readonly string[]): void => {
  for (const text of violations.slice(0, shownViolations)) console.error(text)
}

const inWords: Readonly<Record<Moment, string>> = {
  writing: 'with a write under way',
  syncing: 'with a sync run under way',
  working: 'at work',
  opening: 'while opening',
}

/** How often in which of the moments, those that there were. */
const momentsOf = (killed: DeviceKills['killed']): string =>
  (Object.keys(inWords) as Moment[])
    .filter((moment) => killed[moment] > 0)
    .map((moment) => `${killed[moment]} times ${inWords[moment]}`)
    .join(', ')

export const deviceEvidence = (moments: readonly Moment[], result: DeviceKills): Evidence => {
  const { killed, acknowledged, survived, vanished, unanswered, answersLost } = result
  const { applied, violations } = result
  showViolations(violations)
  return {
    holds:
      violations.length === 0 &&
      Object.entries(killed).every(
        ([moment, count]) => count === moments.filter((one) => one === moment).length,
      ) &&
      acknowledged > moments.length &&
      answersLost > 0 &&
      applied === acknowledged + survived,
    figure:
      `killed ${momentsOf(killed)} (seed ${result.seed}); ` +
      `${acknowledged} acknowledged writes, of those under way ${survived} were there and ${vanished} not, all whole; ` +
      `${unanswered} starts found operations sent and unanswered, and the answers of ${answersLost} decided ones had been lost; ${applied} applied on the server, each once; ` +
      `${violations.length} violations.`,
  }
}

export const serverEvidence = (kills: number, result: ServerKills): Evidence => {
  const { acknowledged, answersLost, applied, requests, violations } = result
  showViolations(violations)
  return {
    holds:
      violations.length === 0 &&
      result.kills === kills &&
      answersLost > 0 &&
      acknowledged > kills &&
      applied === acknowledged,
    figure:
      `killed ${result.kills} times (seed ${result.seed}); ${requests.answered} requests answered, ` +
      `${requests.cut} cut under way, ${requests.refused} met no server; ` +
      `${acknowledged} acknowledged writes, the answers of ${answersLost} decided ones were lost, ${applied} applied, each once; ${violations.length} violations.`,
  }
}
