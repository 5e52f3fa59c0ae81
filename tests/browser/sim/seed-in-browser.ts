/** What one world in a worker came to. */
export interface SeedInBrowser {
  /** Of its trace. */
  readonly hash: string
  readonly events: number
  /** Files of its devices. */
  readonly databases: number
  readonly violation: string | undefined
}

/** What a worker tells at its end. */
export type ToldOfSeed = { readonly done: SeedInBrowser } | { readonly failed: string }

/** What the page offers. */
declare global {
  interface Window {
    runSeed: (seed: number) => Promise<SeedInBrowser>
  }
}
