import { z } from 'zod'

/** Ids that clients choose: records, operations, clients, batches. */
export const id: z.ZodString = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const scope: z.ZodString = z.string().min(1).max(128)

/** Collection, field and operation names. */
export const name: z.ZodString = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)

/** Opaque to clients, signed by the server. The empty string stands for "from the beginning". */
export const cursor: z.ZodString = z.string().max(2048)

export const count: z.ZodInt = z.int().min(0)

/** Milliseconds since 1970. */
export const time: z.ZodInt = z.int()

/** A record or payload in the portable codec. */
export const encoded: z.ZodString = z.string().max(65_536)

/** Which operations of a client the server has decided: all up to the watermark, and those listed above it. */
export const decided = z.object({ watermark: count, above: z.array(count) })
export type Decided = z.infer<typeof decided>
