import { scopeNotJoined } from '../../model/record-scope.ts'
import type { Operation } from '../../model/operation.ts'
import { isNewerVersion } from '../../model/version.ts'
import type { Backup } from '../../oplog/backup/entry.ts'
import { exportBackup } from '../../oplog/backup/export-backup.ts'
import { listBackups, parseBackup, readBackup, removeBackup } from '../../oplog/backup/read-backup.ts'
import { restoreOperations, type Restored } from '../../oplog/backup/restore.ts'
import type { DeadLetterContext } from '../../oplog/dead-letters.ts'
import { keepsNumbers } from '../../oplog/recovery/kinds.ts'
import type { HookRunner } from '../../plugin/hook-runner.ts'
import type { ScopeNames } from '../scope-registry.ts'

/** What this device kept of its own before a scope was fetched anew or taken from it. They stay until they are removed. */
export interface BackupsApi {
  /** Oldest first. */
  readonly list: () => Promise<readonly Backup[]>
  /**
   * A JSON text that can be kept as a file. What was folded or answered since is in it as what it became.
   * @throws SyncError NOT_FOUND
   */
  readonly export: (id: string) => Promise<string>
  /**
   * Makes the operations of a backup again, on the records as they are shown; given by its id, or as exported, into a
   * client that is empty or not. What can't be made is a dead letter with the reason. Twice has the effect of once.
   * @throws SyncError NOT_FOUND, INVALID (no backup), SCOPE_NOT_JOINED, QUEUE_FULL (call it again once there is room)
   */
  readonly restore: (idOrText: string) => Promise<Restored>
  /** @throws SyncError NOT_FOUND */
  readonly remove: (id: string) => Promise<void>
}

export interface BackupsApiContext extends DeadLetterContext {
  readonly names: ScopeNames
  readonly hooks: HookRunner
  readonly onWritten: (scope: string) => void
}

export const createBackupsApi = (context: BackupsApiContext): BackupsApi => {
  const { store, schema, names, hooks, onWritten } = context

  /** An older version of the app may have made it. */
  const upToDate = async (operation: Operation): Promise<Operation> => {
    const [from, to] = [operation.opVersion, schema.version]
    if (!isNewerVersion(to, from)) return operation
    const { type, payload } = (await hooks.waterfall('migrateOperation', { operation, from, to })).operation
    return { ...operation, type, payload }
  }

  return {
    list: () => listBackups(store),
    export: async (id) => JSON.stringify(await exportBackup(store, id), undefined, 2),
    async restore(idOrText) {
      const isText = idOrText.trimStart().startsWith('{')
      const backup = isText ? parseBackup(idOrText) : await readBackup(store, idOrText)
      const { scope, operations, reason, decidedTo = Infinity } = backup
      if (!names.names().includes(scope)) throw scopeNotJoined(scope)
      const forgottenTo = keepsNumbers(reason) ? decidedTo : 0
      const raised: Operation[] = []
      for (const operation of operations) raised.push(await upToDate({ ...operation, scope }))
      const restored = await restoreOperations({ ...context, forgottenTo }, raised)
      onWritten(scope)
      return restored
    },
    remove: (id) => removeBackup(store, id),
  }
}
