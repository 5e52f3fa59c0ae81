import type { SeedInBrowser, ToldOfSeed } from './seed-in-browser.ts'

const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 5))

/** A worker that was ended may hold its files for a moment longer. */
const remove = async (directory: string): Promise<void> => {
  const root = await navigator.storage.getDirectory()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await root.removeEntry(directory, { recursive: true })
    } catch (error) {
      if (attempt === 400) throw error
      await pause()
    }
  }
}

const endOf = (worker: Worker): Promise<SeedInBrowser> =>
  new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<ToldOfSeed>) => {
      if ('done' in data) resolve(data.done)
      else reject(new Error(data.failed))
    })
    worker.addEventListener('error', ({ message }) => reject(new Error(message)))
  })

/** Each world in a worker of its own: when that has ended, nothing of the world is left. */
window.runSeed = async (seed) => {
  const directory = `seed-${seed}`
  const worker = new Worker(`/worker.js?seed=${seed}&directory=${directory}`)
  try {
    return await endOf(worker)
  } finally {
    worker.terminate()
    await remove(directory)
  }
}
