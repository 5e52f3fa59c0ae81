import type { z } from 'zod'

/** What the parent passed to this process. */
export const readOptions = <TOptions extends z.ZodType>(options: TOptions): z.output<TOptions> =>
  options.parse(JSON.parse(process.argv[2] ?? '{}'))
