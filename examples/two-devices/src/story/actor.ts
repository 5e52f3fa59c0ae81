import type { OpenConflict } from '@holdfast/core'
import type { DeviceCalls, DeviceOptions, DeviceView } from '../device/calls.ts'
import { startChild } from '../ipc/start-child.ts'
import type { Narrator } from '../print/narrator.ts'
import type { NewTask, TaskPatch } from '../schema.ts'
import type { DeviceEvidence } from '../verify/evidence.ts'
import type { Member } from './crew.ts'
import { tellSync } from './tell-sync.ts'

/** Somebody who works on a device: what they do is done there, and told. */
export interface Actor {
  readonly member: Member
  readonly pid: () => number
  readonly create: (task: NewTask) => Promise<void>
  readonly update: (id: string, patch: TaskPatch) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  readonly resolve: (conflict: OpenConflict, patch: TaskPatch) => Promise<void>
  readonly goOffline: () => Promise<void>
  readonly goOnline: () => Promise<void>
  readonly sync: () => Promise<void>
  readonly view: () => Promise<DeviceView>
  /** The process is killed without notice and started again on the same file, still offline. */
  readonly crash: () => Promise<void>
  readonly evidence: () => Promise<DeviceEvidence>
  readonly leave: () => Promise<void>
}

const script = new URL('../device/main.ts', import.meta.url)

export const createActor = async (
  member: Member,
  place: { readonly url: string; readonly filename: string },
  narrator: Narrator,
): Promise<Actor> => {
  const { user, name, token, scope } = member
  const startDevice = (online: boolean) =>
    startChild<DeviceCalls>(script, { user, token, scope, ...place, online } satisfies DeviceOptions)
  let device = await startDevice(true)
  /** What each confirmed write was for, by operation id. */
  const labels = new Map<string, string>()

  const write = async (label: string, written: Promise<string>): Promise<void> => {
    labels.set(await written, label)
    narrator.line(name, label)
  }

  return {
    member,
    pid: () => device.pid,
    create: (task) => write(`adds "${task.title}"`, device.call('create', task)),
    update: (id, patch) => write(describe(id, patch), device.call('update', { id, patch })),
    remove: (id) => write(`deletes ${id}`, device.call('remove', id)),
    resolve: ({ id, recordId }, patch) =>
      write(`answers: ${describe(recordId, patch)}`, device.call('resolve', { conflictId: id, patch })),
    goOffline: () => device.call('setOnline', false),
    goOnline: () => device.call('setOnline', true),
    async sync() {
      tellSync(narrator, name, labels, await device.call('sync'))
    },
    view: () => device.call('view'),
    async crash() {
      await device.kill()
      device = await startDevice(false)
    },
    async evidence() {
      const { tasks, queue, operations } = await device.call('view')
      return { name: member.device, tasks, queue, operations, made: [...labels.keys()] }
    },
    leave: () => device.close(),
  }
}

const describe = (id: string, patch: TaskPatch): string =>
  Object.entries(patch)
    .map(([field, value]) => `sets ${field} of ${id} to ${JSON.stringify(value)}`)
    .join(' and ')
