import { collection, serverWins, type CollectionDefinition } from '@holdfast/core'
import * as z from 'zod/mini'

/**
 * Who may edit a record of a scope. A lease is granted under a number that only grows (a fencing number): work that was
 * done under an earlier one is known by it.
 */
export interface Lease {
  /** `leaseId` of scope and record. */
  readonly id: string
  readonly scope: string
  /** The record that it guards, by its id. */
  readonly record: string
  /** The user; null: nobody. */
  readonly holder: string | null
  /** The client id of the holder's device. Empty: nobody's. */
  readonly device: string
  readonly fence: number
  /** Until when it is granted, in the server's milliseconds since 1970. */
  readonly until: number
  /** The operation that it was granted to. Empty: not granted yet. */
  readonly grant: string
}

type LeaseFields = z.ZodMiniObject<{
  id: z.ZodMiniString
  scope: z.ZodMiniString
  record: z.ZodMiniString
  holder: z.ZodMiniNullable<z.ZodMiniString>
  device: z.ZodMiniString
  fence: z.ZodMiniNumber
  until: z.ZodMiniNumber
  grant: z.ZodMiniString
}>

const fields: LeaseFields = z.object({
  id: z.string(),
  scope: z.string(),
  record: z.string(),
  holder: z.nullable(z.string()),
  device: z.string(),
  fence: z.number(),
  until: z.number(),
  grant: z.string(),
})

type AcquireInput = z.ZodMiniObject<{ holder: z.ZodMiniString; until: z.ZodMiniNumber }>
type OwnInput = z.ZodMiniObject<{ fence: z.ZodMiniNumber; grant: z.ZodMiniOptional<z.ZodMiniString> }>

/** The device's guess; what counts is what the server's half makes of it. */
const acquireInput: AcquireInput = z.object({ holder: z.string(), until: z.number() })
/** `grant`: the request, where its number is a guess until it is granted. */
const ownInput: OwnInput = z.object({ fence: z.number(), grant: z.optional(z.string()) })

export type LeaseCollection = CollectionDefinition<
  LeaseFields,
  { acquire: AcquireInput; renew: OwnInput; release: OwnInput }
>

/** The collection that keeps the leases of another one: put it into the schema beside that. */
export const leases = (): LeaseCollection =>
  collection({
    fields,
    scope: ({ scope }) => scope,
    // A second creation changes nothing.
    conflict: serverWins(),
    operations: {
      acquire: {
        input: acquireInput,
        apply: (lease, { holder, until }) => ({
          ...lease,
          holder,
          device: '',
          until,
          fence: lease.fence + 1,
          grant: '',
        }),
      },
      renew: { input: ownInput, apply: (lease) => lease },
      release: {
        input: ownInput,
        apply: (lease, { fence }) => (lease.fence === fence ? { ...lease, holder: null, until: 0 } : lease),
      },
    },
  })

export const readLease = (record: unknown): Lease => fields.parse(record)
export const readOwn = (input: unknown): z.infer<OwnInput> => ownInput.parse(input)

/** As a device shows it while its request is on its way. */
export const isAsked = ({ holder, grant }: Lease): boolean => holder !== null && grant === ''

export const isHeldAt = ({ holder, until }: Lease, now: number): boolean => holder !== null && until > now

/** Lease collections by the collections that they guard. */
export type Guarded = Readonly<Record<string, string>>

/** The name of the plugin and of its mark. */
export const pluginName = 'singleWriter'

/** Under which lease an operation was made: two devices that both hope for the next number have other grants. */
export interface LeaseMark {
  readonly fence: number
  readonly grant: string
}
