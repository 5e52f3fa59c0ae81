import { expect, test } from 'vitest'
import { protocolVersion } from '@holdfast/core/protocol'
import { shotOf } from './ask.ts'
import { procedureNames } from './fuzz/valid.ts'
import { createSender, type Cut, type Reply, type Shot } from './send.ts'
import { startServer } from './start-server.ts'

const push = {
  protocol: protocolVersion,
  clientId: 'c',
  instance: { acknowledged: 'i', candidate: 'i' },
  scope: 'team-ada',
  cursor: '',
  batchId: 'b',
  operations: [
    {
      ...{ id: 'op', clientSeq: 1, collection: 'tasks', recordId: 'r', type: 'create', baseVersion: 0 },
      ...{ payload: '{"id":"r","title":"x"}', timestamp: 1_750_000_000_000, opVersion: '1.0.0' },
    },
  ],
}

const replied = (reply: Reply | Cut): Reply => {
  if ('cut' in reply) throw new Error(`The connection was cut: ${reply.cut}`)
  return reply
}

const withoutLogin = (shot: Shot): Shot => {
  const headers = Object.entries(shot.headers).filter(([name]) => name !== 'authorization')
  return { ...shot, headers: Object.fromEntries(headers) }
}

test('[HX10] by whatever path, without a login nothing is answered but that', async () => {
  await using server = await startServer('SQLite')
  using sender = createSender(server.url)
  const paths = (name: string): readonly string[] => {
    const [first = '', ...others] = name
    const escaped = `%${first.charCodeAt(0).toString(16)}${others.join('')}`
    const inSync = [
      name,
      `/${name}`,
      `${name}/`,
      escaped,
      `./${name}`,
      `x/../${name}`,
      `${name},${name}`,
      `${name}?batch=1`,
    ]
    const inApp = [
      `sync.${name}`,
      `sync.${escaped}`,
      `sync.${name},sync.${name}?batch=1`,
      `sync%2E${name}`,
      `//sync.${name}`,
    ]
    return [
      ...inSync.map((path) => `/sync/${path}`),
      ...inApp.map((path) => `/trpc/${path}`),
      `/SYNC/${name}`,
    ]
  }
  for (const name of procedureNames) {
    for (const path of paths(name)) {
      const shot = withoutLogin(shotOf('nobody', name, push))
      const query = shot.path.split('?')[1] ?? ''
      const whole = `${path}${path.includes('?') ? '&' : '?'}${query}`
      const { status, text } = replied(await sender.send({ ...shot, path: whole }))
      const isNoAnswer =
        [400, 401, 404].includes(status) || /event: serialized-error\ndata: .*"UNAUTHORIZED"/.test(text)
      expect([`${path}: ${status} ${text}`, isNoAnswer]).toEqual([`${path}: ${status} ${text}`, true])
      expect(text).not.toMatch(/"kind"|protocol/)
    }
  }
  expect(await server.database.prisma.holdfastOperation.count()).toBe(0)
  expect(await server.report()).toMatchObject({ failures: [], logged: [] })
})

test('[HX9] only JSON is read: what a form of another site could send with the cookies of a user changes nothing', async () => {
  await using server = await startServer('SQLite')
  using sender = createSender(server.url)
  const json = JSON.stringify(push)
  const part = '--x\r\nContent-Disposition: form-data; name="'
  const forms: readonly [type: string, body: string][] = [
    ['text/plain', json],
    ['text/plain; x=application/json', json],
    ['application/x-www-form-urlencoded', `input=${encodeURIComponent(json)}`],
    ['multipart/form-data; boundary=x', `${part}json"\r\n\r\n${json}\r\n--x--\r\n`],
    [
      'multipart/form-data; boundary=x',
      `${part}protocol"\r\n\r\n4\r\n${part}scope"\r\n\r\nteam-ada\r\n--x--\r\n`,
    ],
    ['application/octet-stream', json],
    ['', json],
  ]
  for (const path of ['/sync/push', '/trpc/sync.push', `/sync/push?input=${encodeURIComponent(json)}`]) {
    for (const [type, body] of forms) {
      const headers = { authorization: 'ada', 'content-type': type }
      const { status, text } = replied(await sender.send({ method: 'POST', path, headers, body }))
      const isRefused = status === 415 || status === 400 || (status === 200 && text.includes('"refused"'))
      expect([`${type}: ${status} ${text}`, isRefused]).toEqual([`${type}: ${status} ${text}`, true])
    }
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const shot = {
        method,
        path: `${path.split('?')[0]}?input=${encodeURIComponent(json)}`,
        headers: { authorization: 'ada' },
      }
      expect(replied(await sender.send(shot)).text).not.toContain('"kind":"answer"')
    }
  }
  expect(await server.database.prisma.holdfastOperation.count()).toBe(0)
  expect(await server.report()).toMatchObject({ failures: [], logged: [] })
})
