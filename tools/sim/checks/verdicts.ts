import type { ServerRow, StoredVerdict, WireOperation } from '@holdfast/core/protocol'
import type { History } from '../model/history.ts'
import { rulesOf } from '../model/rules.ts'
import { comparable } from '../model/typed.ts'
import { recordName, type UnitRuling } from '../model/unit.ts'
import { canonical, encoded, isSame, renamed } from '../model/values.ts'
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

export const compareRow = (
  key: string,
  row: ServerRow,
  { history, seq }: { readonly history: History | undefined; readonly seq: number | undefined },
): void => {
  const { kinds = {} } = rulesOf(row.collection)
  const same =
    history?.version === row.version &&
    history.deleted === row.deleted &&
    isSame(comparable(kinds, history.data), comparable(kinds, encoded(row.data))) &&
    row.seq === seq
  must(
    same,
    'exactly once',
    () => `${key} is ${canonical(encoded(row.data))}, must be ${canonical(history?.data)}`,
  )
}
