import { withServer, type Device } from '@holdfast-examples/support'
import { collection, defineSchema, optimisticVersion, type Fate, type RecordOf } from '@holdfast/core'
import type { Authorize } from '@holdfast/server'
import type { SyncContext } from '@holdfast/server/express'
import { z } from 'zod'
import type { Say } from './telling.ts'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields: z.object({ id: z.string(), title: z.string(), owner: z.string().default(''), dueIn: z.int() }),
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        postpone: {
          input: z.object({ days: z.int() }),
          apply: (task, { days }) => ({ ...task, dueIn: task.dueIn + days }),
        },
        // Who comes second finds an owner, and changes nothing.
        claim: {
          input: z.object({ by: z.string() }),
          apply: (task, { by }) => (task.owner === '' ? { ...task, owner: by } : task),
        },
      },
    }),
    rooms: collection({
      fields: z.object({
        id: z.string(),
        messages: z.array(z.object({ by: z.string(), text: z.string() })).default([]),
      }),
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        post: {
          input: z.object({ by: z.string(), text: z.string() }),
          apply: (room, message) => ({ ...room, messages: [...room.messages, message] }),
        },
      },
    }),
  },
})

type Collections = (typeof schema)['collections']

const lastAuthor = (room: unknown): string | undefined =>
  schema.collections.rooms.fields.parse(room).messages.at(-1)?.by

/** Rooms begin empty, and change by messages in one's own name. */
export const authorize: Authorize<SyncContext<{ readonly id: string }>, unknown> = ({ ctx, ...asked }) =>
  asked.collection !== 'rooms' ||
  (asked.action === 'create' && lastAuthor(asked.after) === undefined) ||
  (asked.action === 'post' && lastAuthor(asked.after) === ctx.user.id)

export interface Ending {
  readonly tasks: readonly (RecordOf<Collections['tasks']> | undefined)[]
  /** The log as each device shows it, message by message. */
  readonly logs: readonly (readonly string[])[]
  /** What Ben's device showed before anybody else's messages had arrived. */
  readonly logOffline: readonly string[]
  readonly fates: readonly Fate[]
}

/** Three devices work on one task and talk in one room, none of them online. */
export const tellStory = (say: Say): Promise<Ending> =>
  withServer({ schema, authorize }, async ({ open }) => {
    const [ada, ben, cyd] = [await open('ada'), await open('ben'), await open('cyd')]
    const all = [ada, ben, cyd]
    await ada.collections.tasks.create({ id: 'roof', title: 'Mend the roof', dueIn: 1 })
    await ada.collections.rooms.create({ id: 'site' })
    for (const device of all) await device.sync()
    say(
      'Three devices have the task "Mend the roof", due in 1 day, and an empty chat. They lose the network.',
    )

    await ada.collections.tasks.run.postpone('roof', { days: 2 })
    await ben.collections.tasks.run.postpone('roof', { days: 3 })
    await ben.collections.tasks.run.claim('roof', { by: 'ben' })
    await cyd.collections.tasks.run.claim('roof', { by: 'cyd' })
    say('Ada postpones it by 2 days, Ben by 3; Ben and Cyd claim it.')
    const lines = {
      ada: ['It rains.', 'Stay home.'],
      ben: ['On my way.', 'Where is everybody?'],
      cyd: ['Hello?'],
    }
    for (const device of all) {
      for (const text of lines[device.user as keyof typeof lines]) {
        await device.collections.rooms.run.post('site', { by: device.user, text })
      }
    }
    const logOffline = await logOf(ben)
    say(`All of them write; Ben sees his own messages only: ${logOffline.join(' / ')}`)

    for (const device of [cyd, ben, ada, ben, cyd]) await device.sync()
    const tasks = await Promise.all(all.map(({ collections }) => collections.tasks.get('roof')))
    say(
      `Back online, the task is due in ${tasks[0]?.dueIn} days, and is ${tasks[0]?.owner}'s, who synced first.`,
    )
    const logs = await Promise.all(all.map(logOf))
    say('Every device shows the same chat, of each author in the order written:')
    for (const line of logs[0] ?? []) say(`  ${line}`)
    const operations = await Promise.all(all.map((device) => device.operations.list()))
    return { tasks, logs, logOffline, fates: operations.flat().map(({ fate }) => fate) }
  })

const logOf = async ({ collections: { rooms } }: Device<Collections>): Promise<readonly string[]> => {
  const room = await rooms.get('site')
  return (room?.messages ?? []).map(({ by, text }) => `${by}: ${text}`)
}
