/** Where failures go that a developer should look at. Never gets payloads or record data. */
export interface Logger {
  readonly error: (message: string, details: Readonly<Record<string, unknown>>) => void
  /** Something rare that explains what follows. Default: nobody is told. */
  readonly info?: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** A JSON line on stderr. */
export const stderrLogger: Logger = {
  error: (message, details) => print('error', message, details),
  info: (message, details) => print('info', message, details),
}

const print = (level: string, message: string, details: Readonly<Record<string, unknown>>): void => {
  const plain = Object.entries(details).map(([key, value]) => [
    key,
    value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
  ])
  process.stderr.write(`${JSON.stringify({ level, message, ...Object.fromEntries(plain) })}\n`)
}
