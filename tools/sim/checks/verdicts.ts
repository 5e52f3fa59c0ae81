import type { ServerRow, StoredVerdict, WireOperation } from '@holdfast/core/protocol'
import type { History } from '../model/history.ts'
import { rulesOf } from '../model/rules.ts'
import { unsaid } from '../model/text-kind.ts'
import { comparable } from '../model/typed.ts'
import { recordName, type UnitRuling } from '../model/unit.ts'
import { canonical, encoded, isSame, renamed, type Data } from '../model/values.ts'
import { must } from './violation.ts'

/** The server's verdict against the model's. */
export const compare = (
  { id, type, payload, baseVersion, ...operation }: WireOperation,
  ruling: UnitRuling,
  verdict: StoredVerdict,
): void => {
  must(
    told(ruling) === told(verdict),
    'exactly once',
    () =>
      `${id}: ${told(verdict)}, must be ${told(ruling)}\n${type} of ${recordName(operation)} on ${baseVersion}: ${payload}`,
  )
}

export const told = (what: UnitRuling | StoredVerdict): string => {
  switch (what.kind) {
    case 'applied':
      return `applied ${what.version}`
    case 'merged':
      return `merged ${what.version} lost ${what.lost.map(renamed).sort().join()}`
    case 'conflict':
      return `conflict ${what.fields.map(renamed).sort().join()}`
    case 'rejected':
      return `rejected ${what.code} ${what.reason ?? ''} ${what.holder ?? ''} because of ${what.cause}`
    case 'aborted':
      return `aborted ${what.reason} because of ${what.cause}`
    case 'cancelled':
    case 'expired':
    case 'rebase':
      return what.kind
  }
}

/**
 * What an edit of a text comes to that a backup brings back after the server forgot it, and that takes effect twice, the model does
 * not say ("A backup that is restored elsewhere later than the server remembers", docs/gaps.md).
 */
const withoutUnsaid = (data: Data, wanted: Data = {}): Data =>
  Object.fromEntries(Object.entries(data).filter(([field]) => wanted[field] !== unsaid))

export const compareRow = (
  key: string,
  row: ServerRow,
  { history, seq }: { readonly history: History | undefined; readonly seq: number | undefined },
): void => {
  const { kinds = {} } = rulesOf(row.collection)
  const told = (data: Data): Data => comparable(kinds, withoutUnsaid(data, history?.data))
  const same =
    history?.version === row.version &&
    history.deleted === row.deleted &&
    isSame(told(history.data), told(encoded(row.data))) &&
    row.seq === seq
  must(
    same,
    'exactly once',
    () => `${key} is ${canonical(encoded(row.data))}, must be ${canonical(history?.data)}`,
  )
}
