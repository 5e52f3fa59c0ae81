declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the URL of the run's PostgreSQL server, or with why there is none. */
    readonly postgres: string
    /** What the names of the run's databases begin with. */
    readonly postgresPrefix: string
  }
}

/** Under this name test files find where to ask for the server of their run. */
export const providedAs = 'postgres'

export const prefixProvidedAs = 'postgresPrefix'
