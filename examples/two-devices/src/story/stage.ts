import { join } from 'node:path'
import { startChild } from '../ipc/start-child.ts'
import type { Narrator } from '../print/narrator.ts'
import type { ServerCalls } from '../server/calls.ts'
import type { Evidence } from '../verify/evidence.ts'
import { readServer } from '../verify/read-server.ts'
import { createActor, type Actor } from './actor.ts'
import { ada, ben } from './crew.ts'
import { ending } from './ending.ts'

/** The processes of the story. */
export interface Stage {
  readonly narrator: Narrator
  readonly ada: Actor
  readonly ben: Actor
  /** How many requests the server heard so far. */
  readonly heard: () => Promise<number>
  readonly evidence: () => Promise<Evidence>
  readonly close: () => Promise<void>
}

/** Starts a server and two devices, each with a database file of its own in the folder. */
export const setStage = async (folder: string, narrator: Narrator): Promise<Stage> => {
  const serverFile = join(folder, 'server.db')
  const server = await startChild<ServerCalls>(new URL('../server/main.ts', import.meta.url), {
    filename: serverFile,
  })
  const url = await server.call('url')
  narrator.line('server', `process ${server.pid}, ${url}: Express, tRPC, Prisma on server.db`)

  const [adaActor, benActor] = await Promise.all(
    [ada, ben].map((member) =>
      createActor(member, { url, filename: join(folder, `${member.user}.db`) }, narrator),
    ),
  )
  if (adaActor === undefined || benActor === undefined) throw new Error('The crew is not complete.')
  for (const { member, pid } of [adaActor, benActor]) {
    narrator.line(member.name, `process ${pid()}, ${member.device}: a client on ${member.user}.db`)
  }

  return {
    narrator,
    ada: adaActor,
    ben: benActor,
    heard: () => server.call('heard'),
    evidence: async () => ({
      expected: ending,
      devices: await Promise.all([adaActor.evidence(), benActor.evidence()]),
      server: readServer(serverFile),
    }),
    async close() {
      await Promise.all([adaActor.leave(), benActor.leave()])
      await server.close()
    },
  }
}
