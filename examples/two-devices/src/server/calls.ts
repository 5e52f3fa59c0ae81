import { z } from 'zod'

export const serverOptions = z.object({ filename: z.string() })

/** What the story asks of the server, besides what devices ask over HTTP. */
export type ServerCalls = {
  readonly url: () => Promise<string>
  /** How many requests came in over HTTP so far. */
  readonly heard: () => Promise<number>
}
