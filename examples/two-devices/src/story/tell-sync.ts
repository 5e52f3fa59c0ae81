import type { SyncReport, Verdict } from '../device/calls.ts'
import type { Narrator } from '../print/narrator.ts'

/**
 * Tells what the server said about each operation of one sync.
 * @throws Error when it did not end in `synced`
 */
export const tellSync = (
  narrator: Narrator,
  name: string,
  labels: ReadonlyMap<string, string>,
  { status, reason, verdicts }: SyncReport,
): void => {
  if (status !== 'synced')
    throw new Error(`${name}'s sync ended as ${status}: ${reason ?? 'no reason given'}`)
  narrator.line(name, `syncs: ${sent(verdicts.length)}`)
  for (const verdict of verdicts) {
    const label = labels.get(verdict.operationId) ?? verdict.operationId
    narrator.detail(`${verdict.kind.padEnd(9)} ${label}${note(verdict)}`)
  }
}

const sent = (count: number): string => {
  if (count === 0) return 'nothing to send, only news to fetch'
  return count === 1 ? '1 operation sent, 1 verdict' : `${count} operations sent, ${count} verdicts`
}

const note = ({ kind, fields }: Verdict): string => {
  if (fields.length === 0) return ''
  return kind === 'conflict'
    ? ` (a person has to choose: ${fields.join(', ')})`
    : ` (did not win: ${fields.join(', ')})`
}
