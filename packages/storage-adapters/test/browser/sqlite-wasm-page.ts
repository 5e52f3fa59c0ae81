import { systemEnvironment } from '@holdfast/core'
import { storageConformance } from '@holdfast/core/testing'
import { workerPlace } from './worker-place.ts'

/** What the tests call in the page. */
export interface WasmPage {
  /** Runs the case of the kit with this name. */
  readonly run: (name: string) => Promise<void>
}

declare global {
  interface Window {
    wasm: WasmPage
  }
}

const cases = new Map<string, () => Promise<void>>()
storageConformance({
  test: (name, run) => void cases.set(name, run),
  adapter: workerPlace,
  environment: systemEnvironment,
})

window.wasm = {
  async run(name) {
    const run = cases.get(name)
    if (run === undefined) throw new Error(`The page knows no case ${name}.`)
    await run()
  },
}
