import * as z from 'zod/mini'

// Pages load these schemas, so they are made of few kinds: literals and unions stand for enums and discriminated unions.
// Their makers have no side effects, and a page need not load those that only a server reads.

// @__NO_SIDE_EFFECTS__
const matching = (pattern: RegExp) => z.string().check(z.regex(pattern))

// @__NO_SIDE_EFFECTS__
export const text = (maxLength: number) => z.string().check(z.maxLength(maxLength))

// @__NO_SIDE_EFFECTS__
export const filledText = (maxLength: number) => z.string().check(z.minLength(1), z.maxLength(maxLength))

// @__NO_SIDE_EFFECTS__
export const whole = (from: number) => z.int().check(z.minimum(from))

// @__NO_SIDE_EFFECTS__
export const wholeWithin = (from: number, to: number) => z.int().check(z.minimum(from), z.maximum(to))

// @__NO_SIDE_EFFECTS__
export const list = <TMember extends z.ZodMiniType>(member: TMember, maxLength: number) =>
  z.array(member).check(z.maxLength(maxLength))

export const none = z.literal(null)

/** Ids that clients choose: records, operations, clients, batches. */
export const id = matching(/^[A-Za-z0-9_-]{1,64}$/)

/** The longest name of a scope, in characters. */
export const maxScope = 128

export const scope = filledText(maxScope)

/** Collection, field and operation names. */
export const name = matching(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)

export const schemaVersion = text(64)

/** Opaque to clients, signed by the server. */
export const token = text(2048)

/** As a token; the empty string stands for "from the beginning". */
export const cursor = text(2048)

export const count = whole(0)

/** Milliseconds since 1970. */
export const time = z.int()

/** The longest payload of one operation, in characters of the portable codec. */
export const maxPayload = 65_536

/** The longest record, in characters of the portable codec. */
export const maxRecord = 262_144

/** What an operation carries, in the portable codec. */
export const encodedPayload = text(maxPayload)

/** A record, or some of its fields, in the portable codec. */
export const encodedRecord = text(maxRecord)

/** Which operations of a client the server has decided: all up to the watermark, and those listed above it. */
export const decided = z.object({ watermark: count, above: z.array(count) })
export type Decided = z.infer<typeof decided>
