import { ending } from '../src/story/ending.ts'
import type { Task } from '../src/schema.ts'
import type { DeviceEvidence, Evidence, ServerTask } from '../src/verify/evidence.ts'

type Settled = DeviceEvidence['operations'][number]

export const settled = (id: string, fate: Settled['fate']): Settled => ({ id, fate })

const tasks: readonly Task[] = ending.map(({ version: _version, ...task }) => task)
const serverTasks: readonly ServerTask[] = ending.map((task) => ({ ...task, updatedBy: 'ada' }))

const device = (name: string, made: readonly string[]): DeviceEvidence => ({
  name,
  tasks,
  queue: { pending: 0, sent: 0, conflicts: 0, deadLetters: 0, limit: 5_000, level: 'ok' },
  operations: made.map((id) => settled(id, { kind: 'applied', version: 1, lost: [] })),
  made,
})

/** Everything as it has to be. */
export const perfect = {
  expected: ending,
  devices: [device("Ada's laptop", ['a1', 'a2']), device("Ben's phone", ['b1'])],
  server: { tasks: serverTasks, operations: ['a1', 'a2', 'b1'] },
} satisfies Evidence

/** The same, with something else on the first device. */
export const withDevice = (change: Partial<DeviceEvidence>): Evidence => ({
  ...perfect,
  devices: perfect.devices.map((one, index) => (index === 0 ? { ...one, ...change } : one)),
})

export const withServer = (change: Partial<Evidence['server']>): Evidence => ({
  ...perfect,
  server: { ...perfect.server, ...change },
})
