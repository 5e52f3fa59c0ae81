import type { Operation } from '@holdfast/core'
import type { Task } from '../schema.ts'
import type { DeviceEvidence, Evidence, ServerEvidence } from './evidence.ts'

/** Something that is not as it should be. */
export interface Difference {
  readonly where: string
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** Everything in which the devices and the server differ from how the story has to end. Pure. */
export const findDifferences = ({ expected, devices, server }: Evidence): readonly Difference[] => [
  ...devices.flatMap((device) => [
    ...differingTasks(device.name, expected.map(withoutVersion), device.tasks),
    ...unfinished(device),
    ...unaccounted(device, server),
  ]),
  ...differingTasks('server', expected.map(toFields), server.tasks),
  ...unknownOperations(devices, server),
]

/** 0 where nothing differs: what the process exits with. */
export const exitCodeOf = (differences: readonly Difference[]): 0 | 1 => (differences.length === 0 ? 0 : 1)

/** An object type with an index signature, of a type that has none. */
const toFields = (task: Task): Fields => ({ ...task })

type Fields = Readonly<Record<string, unknown>> & { readonly id: string }

const withoutVersion = ({ version: _version, ...task }: Task & { readonly version: number }): Fields => task

const differingTasks = (
  where: string,
  expected: readonly Fields[],
  found: readonly Task[],
): readonly Difference[] => {
  const byId = new Map(found.map((task) => [task.id, toFields(task)]))
  const wanted = new Set(expected.map(({ id }) => id))
  const surplus = found.filter(({ id }) => !wanted.has(id))
  return [
    ...expected.flatMap((task) => {
      const other = byId.get(task.id)
      if (other === undefined)
        return [{ where, what: `task ${task.id}`, expected: 'there', found: 'missing' }]
      return differingFields(where, task, other)
    }),
    ...surplus.map(({ id }) => ({ where, what: `task ${id}`, expected: 'none', found: 'there' })),
    ...(byId.size === found.length
      ? []
      : [{ where, what: 'tasks', expected: 'each once', found: 'one of them twice' }]),
  ]
}

const differingFields = (where: string, expected: Fields, found: Fields): readonly Difference[] =>
  Object.keys(expected)
    .filter((field) => expected[field] !== found[field])
    .map((field) => ({
      where,
      what: `${field} of ${expected.id}`,
      expected: JSON.stringify(expected[field]),
      found: JSON.stringify(found[field]) ?? 'nothing',
    }))

/** The queue is empty, and nothing waits for a person. */
const unfinished = ({ name, queue }: DeviceEvidence): readonly Difference[] =>
  (['pending', 'sent', 'conflicts', 'deadLetters'] as const)
    .filter((count) => queue[count] !== 0)
    .map((count) => ({ where: name, what: `queue: ${count}`, expected: '0', found: String(queue[count]) }))

/** Every confirmed write has one decided fate on its device, and was decided once by the server. */
const unaccounted = (device: DeviceEvidence, server: ServerEvidence): readonly Difference[] =>
  device.made.flatMap((id) => {
    const kept = device.operations.filter((operation) => operation.id === id)
    const fate = kept.map(({ fate: { kind } }) => kind).join(', ')
    const times = server.operations.filter((decided) => decided === id).length
    const what = `operation ${id}`
    return [
      ...(kept.length === 1 && kept.every(isDecided)
        ? []
        : [{ where: device.name, what, expected: 'one fate', found: fate === '' ? 'none' : fate }]),
      ...(times === 1 ? [] : [{ where: 'server', what, expected: 'decided once', found: `${times} times` }]),
    ]
  })

const isDecided = ({ fate }: Pick<Operation, 'fate'>): boolean =>
  fate.kind === 'applied' || fate.kind === 'superseded'

const unknownOperations = (
  devices: readonly DeviceEvidence[],
  server: ServerEvidence,
): readonly Difference[] => {
  const made = new Set(devices.flatMap((device) => device.made))
  return server.operations
    .filter((id) => !made.has(id))
    .map((id) => ({ where: 'server', what: `operation ${id}`, expected: 'none', found: 'there' }))
}
