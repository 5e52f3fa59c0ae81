import { z } from 'zod'

/** What a server process says of itself. */
export const reportSchema = z.object({
  /** Rejections that nobody handled, and exceptions that nobody caught. */
  failures: z.array(z.string()),
  /** What a developer should look at. */
  logged: z.array(z.string()),
  /** The longest delay of the event loop since the last report. It counts what other processes took from the machine, too. */
  delayMs: z.number(),
  /** The most CPU time that the main thread took between two turns of a timer of 5 ms. */
  turnMs: z.number(),
})
export type Report = z.infer<typeof reportSchema>
