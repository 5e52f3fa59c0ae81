declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the URL of the run's Redis server, or with why there is none. */
    readonly redis: string
  }
}

/** Under this name test files find where to ask for the server of their run. */
export const providedAs = 'redis'
