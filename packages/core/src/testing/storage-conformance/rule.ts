import type { Environment } from '../../base/environment.ts'
import type { Database, StorageAdapter, Write } from '../../storage/contract.ts'
import type { StoragePlace } from './place.ts'

export interface StorageRule {
  /** `ST1`, `ST2`, ... Never given to another rule. */
  readonly id: string
  readonly title: string
  readonly check: (context: RuleContext) => Promise<void>
}

export interface RuleContext {
  readonly place: StoragePlace
  readonly adapter: StorageAdapter
  readonly environment: Environment
  /** Opens `main` of the place's first adapter. */
  readonly open: () => Promise<Database>
}

export const checkRule = async (
  rule: StorageRule,
  create: () => Promise<StoragePlace>,
  environment: Environment,
): Promise<void> => {
  const place = await create()
  try {
    const { adapter } = place
    await rule.check({ place, adapter, environment, open: () => adapter.open(mainName) })
  } finally {
    await place.dispose()
  }
}

export const mainName = 'main'

export const put = (key: string, value = ''): Write => ({ key, value })

export const remove = (key: string): Write => ({ key, value: undefined })

/** Commits without expectations and answers with the revision. */
export const write = async (database: Database, ...writes: readonly Write[]): Promise<number> => {
  const { revision } = await database.commit({ expect: [], writes })
  return revision
}

export const valueOf = async (database: Database, key: string): Promise<string | undefined> => {
  const [entry] = await database.read([{ get: key }])
  return entry?.value
}

export const allKeys = async (database: Database): Promise<readonly string[]> => {
  const [entries] = await database.read([{ scan: '' }])
  return entries.map(({ key }) => key)
}
