import { findBinaries } from '../../../tools/postgres/binaries.ts'
import { startPostgres, type Postgres } from '../../../tools/postgres/start-postgres.ts'

/** A server of its own, also where `DATABASE_URL` names one: settings of the whole server are changed. */
export const startOwnPostgres = async (): Promise<Postgres> => {
  const [newest] = findBinaries()
  return startPostgres(newest === undefined ? {} : { from: newest.from })
}
