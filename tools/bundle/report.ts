import { measure, type Bundle } from './measure.ts'

/**
 * Bytes, minified and gzipped, of all that a page imports for schema, client, IndexedDB and tRPC, where the schema is
 * written with `zod/mini`.
 */
export const budget = 60_000

/** It is over that (docs/decisions/0014). From here on what comes on top has to be wanted. */
export const mostForNow = 95_000

/** The packages that come along, each with the name that imports use. */
const companions = ['zod', 'rxjs']

export interface BundleReport {
  readonly app: Bundle
  readonly schemaOnly: Bundle
  /** The same two of an app that writes its schema with the whole of `zod`, which is its choice: no budget holds it. */
  readonly withZod: { readonly app: Bundle; readonly schemaOnly: Bundle }
  /** What each part takes: by how much the bundle shrinks without it. The rest is Holdfast's own. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[]
}

export const reportBundles = async (): Promise<BundleReport> => {
  const [app, schemaOnly, appWithZod, schemaOnlyWithZod, own] = await Promise.all([
    measure('app'),
    measure('schema-only'),
    measure('app-with-zod'),
    measure('schema-only-with-zod'),
    measure('app', companions),
  ])
  const parts = await Promise.all(
    companions.map(async (name) => ({ name, bytes: app.bytes - (await measure('app', [name])).bytes })),
  )
  return {
    app,
    schemaOnly,
    withZod: { app: appWithZod, schemaOnly: schemaOnlyWithZod },
    parts: [{ name: 'holdfast', bytes: own.bytes }, ...parts],
  }
}

/**
 * What has no business in a browser, or was replaced there (docs/decisions/0014), nor in a page that has the schema
 * alone.
 */
const forbidden = {
  app: /\/packages\/server\/|\/src\/(testing|sqlite)\/|better-sqlite3|@prisma|\/(express|superjson)\/|\/rxjs\/.*\/innerFrom/,
  schemaOnly: /\/src\/(client|engine|oplog|data|storage|transport|protocol)\/|\/(rxjs|superjson)\/|@trpc/,
}

/** What only a plugin brings (docs/decisions/0036). */
export const broughtByPlugins: Readonly<Record<string, RegExp>> = {
  compaction: /\/core\/src\/oplog\/compaction\//,
  expiry: /\/core\/src\/oplog\/expiry\/(expire-operations|hide-records)\.ts$/,
  migration: /\/core\/src\/oplog\/migration\/(migrate|step|bring-up|bring-up-record)\.ts$/,
  archive: /\/core\/src\/oplog\/archive\/clean\.ts$/,
}

/** Files and imports that do not belong. */
export const strangersIn = ({
  app,
  schemaOnly,
}: Pick<BundleReport, 'app' | 'schemaOnly'>): readonly string[] => [
  ...app.modules.filter((path) => forbidden.app.test(path)),
  ...app.modules.filter((path) => Object.values(broughtByPlugins).some((part) => part.test(path))),
  ...schemaOnly.modules.filter((path) => forbidden.schemaOnly.test(path)),
  ...app.left,
  ...schemaOnly.left,
]

/** Sentences; none where everything is as it should be. */
export const problemsOf = (report: BundleReport): readonly string[] => {
  const { app, schemaOnly } = report
  return [
    ...(app.bytes > budget ? [`the app takes ${kilobytes(app.bytes)}, over ${kilobytes(budget)}`] : []),
    ...strangersIn(report).map((name) => `${name} has no business in the bundle`),
    ...(schemaOnly.bytes > app.bytes / 2 ? ['the schema alone takes more than half of the whole'] : []),
  ]
}

export const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`
