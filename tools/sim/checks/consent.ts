import type { CommitBatch } from '@holdfast/core/storage'
import type { EntityRisk, PreflightInput, PreflightOutput, WireOperation } from '@holdfast/core/protocol'
import { isSent } from './fates.ts'
import { readStored, type LocalOperation } from './local-entries.ts'
import { mirrorOf, type DeviceMirror, type Mirror } from './mirror.ts'
import type { Before } from './together.ts'
import { must } from './violation.ts'

/** What devices do about what may meet others: as ever, send it last, or ask their users. */
export type Consent = 'none' | 'last' | 'attention'

/** Nothing leaves for the first time of a record that waits for the user's word. @throws Violation */
export const checkConsent = (mirror: Mirror, before: Before, waited: ReadonlyMap<string, number>): void => {
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (old?.status !== 'PENDING' || now?.status !== 'SENT') continue
    const record = `${now.collection}/${now.recordId}`
    // Another tab that had asked before may ask once more.
    const isAllowed = localSeq <= (mirror.consented.get(record) ?? 0)
    must(
      localSeq > (waited.get(record) ?? 0) || isAllowed,
      'foreseen',
      () => `${now.id} is sent, and ${record} waits for consent`,
    )
  }
}

/** What one tab was told of its queue, until its run is over. */
export interface AheadWatch {
  readonly onAsk: (input: PreflightInput) => void
  readonly onAnswer: (input: PreflightInput, answer: PreflightOutput) => void
  /** An operation leaves. @throws Violation */
  readonly onPush: (operation: WireOperation) => void
  /** A scope is fetched anew: what was foreseen was that of a history which is lost, and what that had applied goes first. */
  readonly onRefetch: (scope: string) => void
  /** The run is over. */
  readonly onOver: () => void
}

/** What was sent is not held back, nor what builds on it. */
const isFree = (one: LocalOperation): boolean => isSent(one) || one.transaction !== undefined

/** A tab of a device made operations ready to leave: what another one foresees from then on holds none of them back. */
export const noteSentBy = ({ sentBy }: DeviceMirror, { writes }: CommitBatch, tab: string): void => {
  for (const { key, value } of writes) {
    if (!key.startsWith('op/') || value === undefined) continue
    const operation = readStored(value) as LocalOperation
    if (operation.status === 'SENT' && !sentBy.has(operation.id)) sentBy.set(operation.id, tab)
  }
}

/** Of a tab of a device whose users are asked about what is at risk. */
export const createAheadWatch = (device: DeviceMirror, tab: string, policy: Consent): AheadWatch => {
  /** Operations that were never sent, on records at risk, and how often somebody had consented then. */
  const waiting = new Map<string, number>()
  /** Those that the server could not foresee, and what other tabs had been told when this one asked. */
  const unforeseen = new Map<string, number>()
  const askedAt = new WeakMap<PreflightInput, number>()
  const toldOthers = (): number =>
    [...device.foresights].reduce((sum, [other, times]) => (other === tab ? sum : sum + times), 0)
  /** Records that were free when the tab asked: another tab may hear what became of them before the answer comes. */
  const free = new WeakMap<PreflightInput, ReadonlySet<string>>()
  const operationsOn = (scope: string, record: string): readonly LocalOperation[] => [
    ...(mirrorOf(device, scope).overlays.get(record)?.values() ?? []),
  ]
  return {
    onAsk(input) {
      askedAt.set(input, toldOthers())
      const records = input.entities.map(({ collection, id }) => `${collection}/${id}`)
      free.set(input, new Set(records.filter((record) => operationsOn(input.scope, record).some(isFree))))
    },
    onAnswer(input, answer) {
      if (policy === 'none' || answer.kind !== 'answer') return
      const isForeseen = ({ reason }: EntityRisk): boolean => reason !== 'server_older'
      if (answer.entities.some(isForeseen)) device.foresights.set(tab, (device.foresights.get(tab) ?? 0) + 1)
      for (const entity of answer.entities) {
        const record = `${entity.collection}/${entity.id}`
        const operations = operationsOn(input.scope, record)
        for (const { id } of operations) unforeseen.delete(id)
        if (entity.risk === 'LOW' || free.get(input)?.has(record) === true || operations.some(isFree))
          continue
        for (const { id, status } of operations) {
          if (status !== 'PENDING') continue
          if (!isForeseen(entity)) unforeseen.set(id, askedAt.get(input) ?? 0)
          else if (policy === 'attention') waiting.set(id, device.consents)
        }
      }
    },
    onPush({ id }) {
      const isOthers = device.sentBy.get(id) !== tab
      const isAllowed = isOthers || device.consents > (waiting.get(id) ?? -1)
      must(isAllowed, 'foreseen', () => `${id} is sent in the run that foresaw its risk`)
      const isKnown = isOthers || toldOthers() > (unforeseen.get(id) ?? -1)
      must(isKnown, 'foreseen', () => `${id} is sent in a run that could not foresee what it meets`)
    },
    onRefetch(scope) {
      for (const ids of [waiting, unforeseen])
        for (const id of ids.keys()) if (device.ids.get(id) === scope) ids.delete(id)
    },
    onOver() {
      waiting.clear()
      unforeseen.clear()
    },
  }
}
