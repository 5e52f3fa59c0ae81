import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { findRedis, missingRedis } from '../find-redis.ts'
import { startServer } from '../server.ts'
import { startRedis } from '../start-redis.ts'

afterEach(() => void vi.unstubAllEnvs())

/** What a server says to one line. */
const ask = async (url: string, line: string): Promise<string> => {
  const { port, hostname, password } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    socket.write(`AUTH ${password}\r\n${line}\r\n`)
    let heard = ''
    while (heard.split('\r\n').length < 3) heard += String((await once(socket, 'data'))[0])
    return heard
  } finally {
    socket.destroy()
  }
}

test('a server starts, lets in who has the password, and is gone at the end', async () => {
  vi.stubEnv('REDIS_URL', '')
  const { url } = await (async () => {
    await using redis = await startRedis()
    expect(redis.source).toBe(findRedis())
    expect(await ask(redis.url, 'PING')).toBe('+OK\r\n+PONG\r\n')
    return redis
  })()
  await expect(ask(url, 'PING')).rejects.toThrow(/ECONNREFUSED/)
})

test('the server that REDIS_URL names is used as it is', async () => {
  vi.stubEnv('REDIS_URL', 'redis://cache.example:6379')
  await using redis = await startRedis()
  expect(redis.url).toBe('redis://cache.example:6379')
})

test('what is no Redis server fails with what it said', async () => {
  await expect(startServer(process.execPath)).rejects.toThrow(/Redis did not start:\n.*SyntaxError/s)
})

test('without any server there is a sentence that says what to do', () => {
  expect(missingRedis).toMatch(/install redis-server .* REDIS_URL/)
})
