/** Where failures go that a developer should look at. Never gets payloads or record data. */
export interface Logger {
  readonly error: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** One JSON line for each failure, on stderr. */
export const stderrLogger: Logger = {
  error(message, details) {
    const plain = Object.entries(details).map(([key, value]) => [
      key,
      value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
    ])
    process.stderr.write(`${JSON.stringify({ level: 'error', message, ...Object.fromEntries(plain) })}\n`)
  },
}
