import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { begin, endOf, syncAndPause, type Noticed } from './restore-server.ts'
import { readOutcome } from './outcome.ts'
import { openRestoredWorld } from './world.ts'

export interface CopyOptions {
  readonly database: TestDatabase
  readonly seed: string
  /** The file is copied while the device runs, else while it is closed. */
  readonly running: boolean
}

/** A device's file is copied, both go on, and both write: the second one to speak is told. */
export const forkDevice = async ({ database, seed, running }: CopyOptions): Promise<Noticed> => {
  await using world = await openRestoredWorld(database, seed)
  const devices = await begin(world, ['d1'])
  const [founder, original] = devices
  if (founder === undefined || original === undefined) throw new Error('There is no device.')
  await original.write(5)
  if (!running) await original.close()
  const copy = world.keep(original.copy(world.path('copy.db')))
  if (!running) await original.open()
  await copy.open()
  await original.write(5)
  await copy.write(5)
  // The copy has just started: where the original has not, it is the original that meets a stranger.
  const [first, second] = running ? [copy, original] : [original, copy]
  const contacts = [await world.contact(first), await world.contact(second)]
  const ended = await endOf([founder, original, copy])
  return { contacts, ...(await readOutcome(database, ended)) }
}

/** A device's file is set back to an earlier copy of it, and goes on from there. */
export const rewindDevice = async ({ database, seed, running }: CopyOptions): Promise<Noticed> => {
  await using world = await openRestoredWorld(database, seed)
  const devices = await begin(world, ['d1'])
  const [founder, original] = devices
  if (founder === undefined || original === undefined) throw new Error('There is no device.')
  await original.write(3)
  if (!running) await original.close()
  const copy = original.copy(world.path('copy.db'))
  if (!running) await original.open()
  await original.write(20)
  await syncAndPause([original, founder])
  await original.close()
  const rewound = world.keep(copy.takePlaceOf(original))
  await rewound.open()
  await rewound.write(5)
  const contacts = [await world.contact(rewound)]
  const ended = await endOf([founder, rewound])
  return { contacts, ...(await readOutcome(database, ended, [original.ledger])) }
}
