import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { decodePortable, encodePortable, type RecordData, type ServerRow } from '@holdfast/core/protocol'
import type { Changes } from '@holdfast/server'
import type { Attempt, JournalSink, Part, Told } from './attempt.ts'

export interface JournalFile extends JournalSink, Disposable {}

type Line =
  | { readonly kind: 'attempt'; readonly id: string; readonly parts: readonly unknown[] }
  | { readonly kind: 'committed'; readonly id: string }

/**
 * Appends a line for each thing that is told. What is written survives `kill -9` of the process, not a power cut.
 * Each process has a file of its own: a torn last line then tells nothing but that the process died over it.
 */
export const openJournalFile = (path: string): JournalFile => {
  const file = openSync(path, 'a')
  const append = (line: Line): void => {
    const text = Buffer.from(`${JSON.stringify(line)}\n`)
    let written = 0
    while (written < text.length) written += writeSync(file, text, written)
  }
  return {
    attempt: ({ id, parts }) => append({ kind: 'attempt', id, parts: parts.map(encodePart) }),
    committed: (id) => append({ kind: 'committed', id }),
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** All that the processes of a run told. */
export const readJournalFiles = (paths: readonly string[]): Told => {
  const attempts: Attempt[] = []
  const committed = new Set<string>()
  for (const line of paths.flatMap(linesOf)) {
    if (line.kind === 'committed') committed.add(line.id)
    else attempts.push({ id: line.id, parts: line.parts.map(decodePart) })
  }
  return { attempts, committed }
}

/** A torn last line is left out: its transaction did not commit, or is settled without it. */
const linesOf = (path: string): readonly Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

type EncodedRow = Omit<ServerRow, 'data'> & { readonly data: string }
type EncodedChanges = Omit<Changes, 'rows'> & { readonly rows: readonly EncodedRow[] }
type EncodedPart = Omit<Part, 'saved'> & { readonly saved: readonly EncodedChanges[] }

/** Values of records are more than JSON. */
const encodePart = ({ saved, ...part }: Part): EncodedPart => ({
  ...part,
  saved: saved.map(({ rows, ...changes }) => ({
    ...changes,
    rows: rows.map((row) => ({ ...row, data: encodePortable(row.data) })),
  })),
})

const decodePart = (part: unknown): Part => {
  const { saved, ...rest } = part as EncodedPart
  return {
    ...rest,
    saved: saved.map(({ rows, ...changes }) => ({
      ...changes,
      rows: rows.map((row) => ({ ...row, data: decodePortable(row.data) as RecordData })),
    })),
  }
}
