import { ReplaySubject } from 'rxjs'
import { SyncError, definePlugin } from '@holdfast/core'
import { compactionPart, migrationPart } from '@holdfast/core/parts'
import type { Commit } from '@holdfast/server'
import { clientHalf } from './client-half.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createSealing, type Sealing } from './sealing.ts'
import { serverHalf } from './server-half.ts'

export interface AuditOptions {
  /** 32 bytes that the devices share. The server does without. */
  readonly key?: Uint8Array
  /** The text field that only devices can read. */
  readonly secret: string
  /** What it was called in older schemas. */
  readonly formerly: string
  /** Told of each committed batch, on the server. */
  readonly journal?: (line: Commit) => void
  readonly metrics?: Metrics
}

const noKey = (): never => {
  throw new SyncError('MISCONFIGURED', 'audit: a device needs the key of 32 bytes.', { option: 'key' })
}
const withoutKey: Sealing = { seal: noKey, unseal: noKey }

/**
 * Signs each write with its author, seals one field on the way, counts what happens, and keeps a journal on the
 * server. One plugin with a half for each side; each client and each server makes its own, since it counts.
 */
export const audit = ({ key, journal = () => undefined, ...options }: AuditOptions) => {
  const { secret, formerly, metrics = createMetrics() } = options
  const sealing = key === undefined ? withoutKey : createSealing(key)
  const lines$ = new ReplaySubject<string>()
  let user = ''
  return definePlugin({
    name: 'audit',
    parts: [compactionPart, migrationPart],
    setup(context) {
      if (key?.length !== 32) noKey()
      ;({ user } = context)
      return { metrics: metrics.read, lines$: lines$.asObservable() }
    },
    hooks: clientHalf({
      author: () => user,
      log: (line) => lines$.next(line),
      metrics,
      sealing,
      secret,
      formerly,
    }),
    server: serverHalf({ metrics, secret, journal, formerly }),
  })
}
