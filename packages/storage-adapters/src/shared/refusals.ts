import { SyncError } from '@holdfast/core'

export const closed = (name: string): SyncError<'CLOSED'> =>
  new SyncError('CLOSED', `This handle on the database ${name} is closed; open the database again.`, {})

export const conflict = (key: string): SyncError<'STORAGE_CONFLICT'> =>
  new SyncError('STORAGE_CONFLICT', `${key} was changed since it was read; read it again and commit anew.`, {
    key,
  })
