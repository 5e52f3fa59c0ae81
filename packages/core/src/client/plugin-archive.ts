import { takingTurns } from '../engine/turns.ts'
import { cleanDone, sizeOfArchive } from '../oplog/archive/clean.ts'
import type { ArchivePart } from '../plugin/core-part.ts'

/** Scope by scope: a portion of one is in memory at a time. */
const open: ArchivePart['open'] = ({ store, environment, session, scopes }) => {
  const sum = async (ofScope: (scope: string) => Promise<number>): Promise<number> => {
    let all = 0
    for (const scope of scopes()) all += await ofScope(scope)
    return all
  }
  return {
    size: () => sum((scope) => sizeOfArchive({ store, scope, turn: takingTurns(environment) })),
    clean: (cleaning) =>
      sum((scope) => cleanDone({ ...cleaning, store, scope, session, turn: takingTurns(environment) })),
  }
}

export const archivePart: ArchivePart = { kind: 'archive', open }
