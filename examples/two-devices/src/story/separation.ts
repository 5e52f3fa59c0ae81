import { setTimeout as pause } from 'node:timers/promises'
import type { Actor } from './actor.ts'
import { assertSame } from './assert.ts'
import { plan } from './ending.ts'
import type { Stage } from './stage.ts'

/**
 * In milliseconds. A device knows the server's time to half of the round trip in which it heard it, which on a busy
 * machine may be slow: who wrote last must not hang on that.
 */
const clearlyLater = 2_000

/** The first half of the story: one shared list, and two devices that drift apart. */
export const planTogether = async ({ narrator, ada, ben }: Stage): Promise<void> => {
  narrator.act('Both are online: Ada plans a picnic, Ben looks')
  for (const task of plan) await ada.create(task)
  await ada.sync()
  await ben.sync()
  const { tasks } = await ben.view()
  assertSame('Tasks on the phone', tasks.length, plan.length)
  narrator.line('Ben', `sees ${tasks.length} tasks`)
}

export const partWays = async ({ narrator, ada, ben, heard }: Stage): Promise<void> => {
  narrator.act('Both lose the network, and go on working')
  await ada.goOffline()
  await ben.goOffline()
  const heardBefore = await heard()

  await ben.update('boat', { note: 'Pier 4, nine sharp' })
  await ben.update('food', { title: 'Buy food, two of us are vegan' })
  await ben.update('tents', { priority: 1 })
  await ben.create({ id: 'weather', title: 'Check the weather', owner: 'Ben', priority: 1 })
  await ben.remove('ideas')
  await pause(clearlyLater)
  await ada.update('boat', { owner: 'Ada' })
  await ada.update('food', { title: 'Buy food for twelve' })
  await ada.update('tents', { priority: 3 })
  await ada.create({ id: 'lanterns', title: 'Charge the lanterns', owner: 'Ada' })

  await tellQueue({ narrator }, ada, 4)
  await tellQueue({ narrator }, ben, 5)
  const requests = (await heard()) - heardBefore
  assertSame('Requests while both are offline', requests, 0)
  narrator.line('server', 'has heard nothing of it: 0 requests')
}

const tellQueue = async (
  { narrator }: Pick<Stage, 'narrator'>,
  actor: Actor,
  expected: number,
): Promise<void> => {
  const { queue } = await actor.view()
  assertSame(`Pending operations of ${actor.member.name}`, queue.pending, expected)
  narrator.line(
    actor.member.name,
    `queue: ${queue.pending} pending, ${queue.sent} sent; all stored on the device`,
  )
}

export const crash = async ({ narrator, ben }: Stage): Promise<void> => {
  narrator.act("Ben's phone is killed (SIGKILL) and started again, still offline")
  const before = await ben.view()
  const pidBefore = ben.pid()
  await ben.crash()
  narrator.line('Ben', `process ${pidBefore} is gone, process ${ben.pid()} opens the same file`)
  const after = await ben.view()
  assertSame('What Ben sees after the crash', after.tasks, before.tasks)
  assertSame('Operations after the crash', after.operations, before.operations)
  assertSame('The queue after the crash', after.queue, before.queue)
  narrator.line('Ben', `queue: ${after.queue.pending} pending; every task is as he left it`)
}
