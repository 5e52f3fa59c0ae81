import { Agent, request as ask } from 'node:http'
import { pipeline } from 'node:stream'
import { listen } from '../harness/listen.ts'

/** Where devices reach their servers, whichever of them are alive. */
export interface Gate extends AsyncDisposable {
  readonly url: string
  /** From now on its turn comes, too. */
  readonly open: (target: string) => void
  readonly shut: (target: string) => void
  /** Resolves when this server gets a request, or answers one, for the first time from now on. */
  readonly first: (target: string, what: 'request' | 'answer') => Promise<void>
  /** Requests that came to their end; that were broken off under way; that met no living server. */
  readonly counts: () => { readonly answered: number; readonly cut: number; readonly refused: number }
}

/** Passes each request to the next server in turn. What a server can't bring to its end is broken off. */
export const openGate = async (): Promise<Gate> => {
  const targets: string[] = []
  const waiting = new Map<string, () => void>()
  const agent = new Agent({ keepAlive: true })
  const counts = { answered: 0, cut: 0, refused: 0 }
  let turn = 0

  const listening = await listen((request, response) => {
    turn += 1
    const target = targets[turn % targets.length]
    if (target === undefined) {
      counts.refused += 1
      response.destroy()
      return
    }
    response.once('close', () => {
      counts[response.writableFinished ? 'answered' : 'cut'] += 1
    })
    const { method, headers, url = '/' } = request
    const passed = ask(`${target}${url}`, { method, headers, agent }, (answer) => {
      waiting.get(`${target} answer`)?.()
      // The device may be gone meanwhile.
      if (response.destroyed) return void answer.destroy()
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      pipeline(answer, response, () => undefined)
    })
    passed.on('error', () => response.destroy())
    // A device that was killed while it spoke says no more.
    request.once('close', () => request.complete || passed.destroy())
    request.pipe(passed)
    waiting.get(`${target} request`)?.()
  })
  return {
    url: listening.url,
    open: (target) => void targets.push(target),
    shut: (target) => void targets.splice(targets.indexOf(target) >>> 0, 1),
    first: (target, what) => new Promise((resolve) => void waiting.set(`${target} ${what}`, resolve)),
    counts: () => ({ ...counts }),
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await listening[Symbol.asyncDispose]()
    },
  }
}
