import {
  readStored,
  type Address,
  type LocalBackup,
  type LocalConflict,
  type LocalOperation,
  type LocalRecord,
  type LocalStaging,
  type LogHead,
  type Queued,
} from './local-entries.ts'

/** What a device's database holds of one scope. */
export interface Mirror {
  readonly scope: string
  readonly records: Map<string, LocalRecord>
  /** Rows on their way into the records. */
  readonly staged: Map<string, LocalRecord>
  /** Operations that lie on a record, by record and localSeq. */
  readonly overlays: Map<string, Map<number, LocalOperation>>
  readonly queue: Map<number, Queued>
  /** Those that make room for strangers, and how many of each record. */
  readonly held: Map<number, Queued>
  readonly blocked: Map<string, number>
  readonly waiting: Map<number, Queued>
  /** Records that wait for the user's word, and the newest localSeq when that began. */
  readonly risks: Map<string, number>
  /** Up to which localSeq its user has consented, by record. */
  readonly consented: Map<string, number>
  readonly done: Map<number, LocalOperation>
  readonly dead: Set<number>
  readonly conflicts: Map<string, LocalConflict>
  readonly ids: Map<string, Address>
  /** All operations, wherever they are, by localSeq. */
  readonly operations: Map<number, LocalOperation>
  /** Which belong together, by transaction; and the transactions that the device says are unfinished. */
  readonly transactions: Map<string, Set<number>>
  readonly unfinished: Set<string>
  log: LogHead | undefined
  cursor: { readonly head: number; readonly cursor: string } | undefined
  staging: LocalStaging | undefined
  /** The revision of the commit that last wrote the cursor. */
  cursorAt: number
  /** How often the device has left the scope. */
  timesLeft: number
  /** What nobody had applied when the device began to fetch the scope anew. */
  unapplied: readonly string[]
}

/** What a device's database holds, read by the documented key layout (docs/decisions/0002) and nothing else. */
export interface DeviceMirror {
  readonly entries: Map<string, string>
  /** Of every scope that the device ever had. */
  readonly scopes: Map<string, Mirror>
  /** The scope of each operation. */
  readonly ids: Map<string, string>
  /** What was copied before a recovery, by its id; and the operations in it. */
  readonly backups: Map<string, LocalBackup>
  readonly backedUp: Map<string, Map<string, LocalOperation>>
  joined: readonly string[]
  leaving: readonly string[]
  clientId: string | undefined
  /** Client ids that it has given up, the first one first. */
  formerIds: readonly string[]
  revision: number
  /** There is, or was, another store that says it is this client. */
  isDoubtful: boolean
  /** It is on its way to a newer version of the app. */
  isMigrating: boolean
  /** From the first commit of that on tabs of older code read and write nothing (MG6). */
  isRaised: boolean
  /** How often its user consented to what is at risk. */
  consents: number
  /** How often each tab was told what its queue would meet. */
  readonly foresights: Map<string, number>
  /** The tab that first made an operation ready to leave, by the operation's id. */
  readonly sentBy: Map<string, string>
}

const createMirror = (scope: string): Mirror => ({
  scope,
  records: new Map(),
  staged: new Map(),
  overlays: new Map(),
  queue: new Map(),
  held: new Map(),
  blocked: new Map(),
  waiting: new Map(),
  risks: new Map(),
  consented: new Map(),
  done: new Map(),
  dead: new Set(),
  conflicts: new Map(),
  ids: new Map(),
  operations: new Map(),
  transactions: new Map(),
  unfinished: new Set(),
  log: undefined,
  cursor: undefined,
  staging: undefined,
  cursorAt: 0,
  timesLeft: 0,
  unapplied: [],
})

export const createDeviceMirror = (): DeviceMirror => ({
  entries: new Map(),
  scopes: new Map(),
  ids: new Map(),
  backups: new Map(),
  backedUp: new Map(),
  joined: [],
  leaving: [],
  clientId: undefined,
  formerIds: [],
  revision: 0,
  isDoubtful: false,
  isMigrating: false,
  isRaised: false,
  consents: 0,
  foresights: new Map(),
  sentBy: new Map(),
})

/** As a device that holds nothing. */
export const emptyMirror = (device: DeviceMirror): void => {
  for (const map of [device.entries, device.scopes, device.ids, device.backups, device.backedUp]) map.clear()
  Object.assign(device, { joined: [], leaving: [], clientId: undefined, formerIds: [], revision: 0 })
}

export const mirrorOf = ({ scopes }: DeviceMirror, scope: string): Mirror => {
  const known = scopes.get(scope)
  if (known !== undefined) return known
  const mirror = createMirror(scope)
  scopes.set(scope, mirror)
  return mirror
}

/** While it is so, numbers are taken back, and what was decided may be sent again. */
export const isRecovering = (
  { clientId, formerIds }: Pick<DeviceMirror, 'clientId' | 'formerIds'>,
  { log }: Pick<Mirror, 'log'>,
): boolean => log?.resetting !== undefined || (log?.clientId ?? formerIds[0] ?? clientId) !== clientId

/** Those of the joined scopes. */
export const joinedMirrors = (device: DeviceMirror): readonly Mirror[] =>
  device.joined.map((scope) => mirrorOf(device, scope))

/** The first two parts of a key. */
export const placeOf = (key: string): readonly [place: string, second: string] => {
  const end = key.indexOf('/')
  if (end === -1) return [key, '']
  const next = key.indexOf('/', end + 1)
  return [key.slice(0, end), next === -1 ? key.slice(end + 1) : key.slice(end + 1, next)]
}

/** The record that a key is about, as `collection/id`; undefined for other keys. */
export const recordOf = (key: string): string | undefined => {
  const isAbout =
    key.startsWith('rec/') || key.startsWith('stage/') || key.startsWith('op/') || key.startsWith('conflict/')
  if (!isAbout) return undefined
  const start = key.indexOf('/', key.indexOf('/') + 1) + 1
  return key.slice(start, key.startsWith('op/') ? key.lastIndexOf('/') : undefined)
}

/** The localSeq of the operation that a key holds; undefined for other keys. */
export const localSeqOf = (key: string): number | undefined =>
  key.startsWith('op/') || key.startsWith('done/') ? Number(key.slice(key.lastIndexOf('/') + 1)) : undefined

/** Places that are about the whole device. */
const ofDevice: ReadonlySet<string> = new Set(['meta', 'scopes', 'backup', 'kept', 'schema', 'migration'])

/** The scope that a key is about; undefined for keys of the whole device. */
export const scopeOf = (device: DeviceMirror, key: string, value: string | undefined): string | undefined => {
  const [place, second] = placeOf(key)
  if (ofDevice.has(place)) return undefined
  if (place !== 'id') return second
  return value === undefined ? device.ids.get(second) : (readStored(value) as Address).scope
}

/** How often a device has left a scope; undefined: any of them. */
export const timesLeft = ({ scopes }: DeviceMirror, scope: string | undefined): number =>
  scope === undefined
    ? [...scopes.values()].reduce((sum, one) => sum + one.timesLeft, 0)
    : (scopes.get(scope)?.timesLeft ?? 0)

/** The operation with this id, wherever it is. */
export const findOperation = (device: DeviceMirror, operationId: string): LocalOperation | undefined => {
  const scope = device.ids.get(operationId)
  const mirror = scope === undefined ? undefined : device.scopes.get(scope)
  const address = mirror?.ids.get(operationId)
  return address === undefined ? undefined : mirror?.operations.get(address.localSeq)
}
