import { encodePortable, protocolVersion } from '@holdfast/core/protocol'
import type { Name } from '../fuzz/valid.ts'

/** What a request names: the prober's own, the other tenant's, or what nobody has. */
export type Origin = 'own' | 'theirs' | 'unknown'

/** The places of a request that can name something of somebody. */
export type Slot = 'scope' | 'clientId' | 'token' | 'operationId' | 'recordId' | 'to'

export type Values = Readonly<Record<Slot, string>>

export interface Probe {
  readonly procedure: Name
  readonly title: string
  readonly slots: readonly Slot[]
  readonly input: (values: Values) => unknown
}

const instance = { acknowledged: 'i-1', candidate: 'i-1' }

const common = ({ scope, clientId }: Values) => ({ protocol: protocolVersion, clientId, scope })

type Sketch = (values: Values) => {
  readonly collection: string
  readonly type: string
  readonly payload: unknown
}

const operations: Readonly<Record<string, Sketch>> = {
  create: ({ recordId }) => ({
    collection: 'tasks',
    type: 'create',
    payload: { id: recordId, title: 'mine' },
  }),
  'create where it is asked about': ({ recordId }) => ({
    ...{ collection: 'asked', type: 'create' },
    payload: { id: recordId, title: 'mine' },
  }),
  update: () => ({ collection: 'asked', type: 'update', payload: { title: 'mine' } }),
  delete: () => ({ collection: 'latest', type: 'delete', payload: {} }),
  rename: () => ({ collection: 'tasks', type: 'rename', payload: { title: 'mine' } }),
  put: () => ({ collection: 'tasks', type: 'put', payload: { title: 'mine' } }),
  refer: ({ recordId }) => ({
    ...{ collection: 'parts', type: 'create' },
    payload: { id: `part-of-${recordId}`, title: 'mine', task: recordId },
  }),
}

const pushOf = (
  values: Values,
  { collection, type, payload }: ReturnType<Sketch>,
  baseVersion: number,
): unknown => ({
  ...common(values),
  instance,
  cursor: values.token,
  batchId: 'b-1',
  operations: [
    {
      id: values.operationId,
      clientSeq: 1,
      collection,
      recordId: type === 'create' && collection === 'parts' ? `part-of-${values.recordId}` : values.recordId,
      type,
      payload: encodePortable(payload),
      baseVersion,
      timestamp: 1_750_000_000_000,
      opVersion: '1.0.0',
    },
  ],
})

const pushes: readonly Probe[] = Object.entries(operations).flatMap(([title, sketch]) =>
  [0, 1].map((baseVersion) => ({
    procedure: 'push',
    title: `${title} at ${baseVersion}`,
    slots: ['scope', 'clientId', 'token', 'operationId', 'recordId'],
    input: (values) => pushOf(values, sketch(values), baseVersion),
  })),
)

const moves: readonly Probe[] = [0, 1].map((baseVersion) => ({
  procedure: 'push',
  title: `move at ${baseVersion}`,
  slots: ['scope', 'clientId', 'token', 'recordId', 'to'],
  input: (values) => {
    const payload = { to: values.to, patch: {} }
    return pushOf(values, { collection: 'tasks', type: 'move', payload }, baseVersion)
  },
}))

const fieldsOf = [['title'], ['$deleted'], ['$deleted', 'title'], ['$moved']] as const

const reads: readonly Probe[] = [
  {
    procedure: 'pull',
    title: 'pull',
    slots: ['scope', 'clientId', 'token'],
    input: (values) => ({ ...common(values), cursor: values.token }),
  },
  {
    procedure: 'pull',
    title: 'pull from the beginning',
    slots: ['scope', 'clientId'],
    input: (values) => ({ ...common(values), cursor: '' }),
  },
  {
    procedure: 'snapshot',
    title: 'snapshot',
    slots: ['scope', 'clientId', 'token'],
    input: (values) => ({ ...common(values), pageToken: values.token, limit: 5 }),
  },
  {
    procedure: 'snapshot',
    title: 'snapshot from the beginning',
    slots: ['scope', 'clientId'],
    input: (values) => ({ ...common(values), limit: 5 }),
  },
  {
    procedure: 'resume',
    title: 'resume by token',
    slots: ['scope', 'clientId', 'token'],
    input: (values) => ({ ...common(values), resumeToken: values.token }),
  },
  ...[{}, { clientSeqs: [1] }].map((numbers): Probe => ({
    procedure: 'resume',
    title: `resume by ids ${JSON.stringify(numbers)}`,
    slots: ['scope', 'clientId', 'operationId'],
    input: (values) => ({ ...common(values), ids: [values.operationId], ...numbers }),
  })),
  ...fieldsOf.flatMap((fields) =>
    ['tasks', 'asked', 'latest'].map((collection): Probe => ({
      procedure: 'preflight',
      title: `preflight of ${fields.join()} in ${collection}`,
      slots: ['scope', 'clientId', 'token', 'recordId'],
      input: (values) => ({
        ...common(values),
        cursor: values.token,
        entities: [{ collection, id: values.recordId, baseVersion: 1, fields }],
        counts: { pending: 1, sent: 0 },
        opVersions: ['1.0.0'],
      }),
    })),
  ),
  {
    procedure: 'live',
    title: 'live',
    slots: ['scope', 'clientId'],
    input: ({ scope, clientId }) => ({ protocol: protocolVersion, clientId, scopes: [scope] }),
  },
]

export const probes: readonly Probe[] = [...pushes, ...moves, ...reads]

/** Every way of naming something of theirs in some of the slots, and one's own in the others. */
export const combinations = (slots: readonly Slot[]): readonly Readonly<Partial<Record<Slot, Origin>>>[] =>
  Array.from({ length: 2 ** slots.length - 1 }, (_, bits) =>
    Object.fromEntries(slots.map((slot, at) => [slot, ((bits + 1) >> at) % 2 === 1 ? 'theirs' : 'own'])),
  )
