import * as z from 'zod/mini'

/** Ids that clients choose: records, operations, clients, batches. */
export const id = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/))

export const scope = z.string().check(z.minLength(1), z.maxLength(128))

/** Collection, field and operation names. */
export const name = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/))

/** Opaque to clients, signed by the server. The empty string stands for "from the beginning". */
export const cursor = z.string().check(z.maxLength(2048))

export const count = z.int().check(z.minimum(0))

/** Milliseconds since 1970. */
export const time = z.int()

/** The longest payload of one operation, in characters of the portable codec. */
export const maxPayload = 65_536

/** The longest record, in characters of the portable codec. */
export const maxRecord = 262_144

/** What an operation carries, in the portable codec. */
export const encodedPayload = z.string().check(z.maxLength(maxPayload))

/** A record, or some of its fields, in the portable codec. */
export const encodedRecord = z.string().check(z.maxLength(maxRecord))

/** Which operations of a client the server has decided: all up to the watermark, and those listed above it. */
export const decided = z.object({ watermark: count, above: z.array(count) })
export type Decided = z.infer<typeof decided>
