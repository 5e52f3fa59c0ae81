export interface Held {
  /** What whoever started this process has to know, as JSON. */
  readonly report: Readonly<Record<string, unknown>>
  readonly stop: () => Promise<void>
}

/**
 * Holds a server for the process that started this one: prints the report, and stops the server when standard input
 * ends, which it does however that process ends.
 */
export const hold = async (start: () => Promise<Held>): Promise<void> => {
  // Ctrl-C goes to the whole group; there is something to clean up first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  try {
    const { report, stop } = await start()
    process.stdout.write(`${JSON.stringify(report)}\n`)
    process.stdin.on('end', () => void stop().then(() => process.exit(0))).resume()
  } catch (error) {
    process.stderr.write(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}
