import type { Transaction, WriteReceipt } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import type { AppVersion } from './parcel-schema.ts'
import type { CollectionName, SimSchema } from './schema.ts'

/** What a client and a transaction have in common. */
export type Collections = Transaction<SimSchema['collections']>['collections']

export interface Sketch {
  readonly id: string
  /** Where it goes, if it is new. */
  readonly scope: string
  /** Names this write, and nothing else. */
  readonly text: string
  /** The text, or poison. */
  readonly said: string
  readonly random: SeededRandom
  readonly creates: boolean
  /** Of the app that writes. */
  readonly version: AppVersion
}

/** One write of an app, to be run on a client's collections, or on a transaction's. */
export interface Planned {
  readonly collection: CollectionName
  readonly id: string
  /** Names this write, and nothing else. */
  readonly text: string
  readonly run: (collections: Collections) => Promise<WriteReceipt>
}
