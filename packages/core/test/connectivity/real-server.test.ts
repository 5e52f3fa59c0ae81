import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { probeConnectivity, type Probe } from '@holdfast/core'
import { manualEnvironment } from '../support/manual-environment.ts'
import { listen, steppedProbe } from './support.ts'

/** A socket of one's own: a port could be somebody else's by the time the server comes back. */
const socketPath = (folder: string): string =>
  process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, '-')}` : join(folder, 'server.sock')

const startServer = async (path: string): Promise<Server> => {
  const server = createServer((_request, response) => response.writeHead(204).end()).listen(path)
  await once(server, 'listening')
  return server
}

const stop = async (server: Server): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

const headTo =
  (path: string): Probe =>
  (signal) =>
    new Promise((resolve, reject) => {
      const options = { socketPath: path, method: 'HEAD', path: '/health', agent: false, signal } as const
      request(options, (response) => {
        response.resume()
        resolve(response.statusCode === 204)
      })
        .on('error', reject)
        .end()
    })

test('[CN6] a server that goes away is noticed, and its return too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-probe-'))
  const path = socketPath(folder)
  const environment = manualEnvironment()
  const { probe, next, settled } = steppedProbe(environment, headTo(path))
  const connectivity = probeConnectivity({ environment, every: 10_000, probe })
  let server = await startServer(path)
  const { heard, stop: leave } = listen(connectivity)
  try {
    await settled()
    await next()
    expect([connectivity.isOnline(), heard]).toEqual([true, []])

    await stop(server)
    for (let round = 0; round < 3; round += 1) await next()
    expect([connectivity.isOnline(), heard]).toEqual([false, [false]])

    server = await startServer(path)
    await next()
    expect([connectivity.isOnline(), heard]).toEqual([true, [false, true]])
  } finally {
    leave()
    await stop(server)
    rmSync(folder, { recursive: true, force: true })
  }
  expect(environment.waits()).toEqual([])
})
