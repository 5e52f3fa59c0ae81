import { encodePortable, protocolVersion } from '@holdfast/core/protocol'
import type { SeededRandom } from '@holdfast/core/testing'
import type { Json } from './mutate.ts'

export const procedureNames = ['push', 'pull', 'preflight', 'snapshot', 'resume', 'live'] as const
export type Name = (typeof procedureNames)[number]

/** One who speaks the protocol, and remembers what came back. */
export interface Speaker {
  readonly clientId: string
  readonly user: string
  cursor: string
  resumeToken: string | undefined
  pageToken: string | undefined
  nextSeq: number
}

export const createSpeaker = (user: string, clientId: string): Speaker => ({
  clientId,
  user,
  cursor: '',
  resumeToken: undefined,
  pageToken: undefined,
  nextSeq: 1,
})

const collections = ['tasks', 'latest', 'asked', 'locked', 'official', 'parts', 'mourned'] as const

const payloadOf = (type: string, recordId: string, random: SeededRandom): string => {
  const changes = {
    title: `t-${random.between(0, 99)}`,
    votes: random.between(0, 9),
    done: random.chance(0.5),
  }
  switch (type) {
    case 'create':
      return encodePortable({ id: recordId, ...changes })
    case 'delete':
      return encodePortable({})
    case 'rename':
      return encodePortable({ title: changes.title })
    case 'move':
      return encodePortable({ to: random.pick(['team-ada-2', 'team-bert']), patch: {} })
    default:
      return encodePortable(changes)
  }
}

const operation = (speaker: Speaker, index: number, random: SeededRandom): Json => {
  const type = random.weighted({ create: 4, update: 4, delete: 1, rename: 1, put: 1, move: 1 })
  const recordId = `r-${random.between(1, 60)}`
  const clientSeq = speaker.nextSeq + index
  return {
    id: `${speaker.clientId}-op-${clientSeq}`,
    clientSeq,
    collection: type === 'rename' ? 'tasks' : random.pick(collections),
    recordId,
    type,
    payload: payloadOf(type, recordId, random),
    baseVersion: random.between(0, 5),
    timestamp: 1_750_000_000_000 + random.between(0, 9_999_999),
    opVersion: '1.0.0',
    ...(random.chance(0.1) ? { marks: '{}' } : {}),
    ...(random.chance(0.1) ? { age: random.between(0, 10_000) } : {}),
    ...(random.chance(0.1) ? { history: random.between(0, 50) } : {}),
    ...(random.chance(0.05) ? { transaction: { id: 't', size: random.between(1, 3) } } : {}),
    ...(random.chance(0.02) ? { cancel: true } : {}),
  }
}

const entity = (random: SeededRandom): Json => ({
  collection: random.pick(collections),
  id: `r-${random.between(1, 60)}`,
  baseVersion: random.between(0, 5),
  fields: random.pick([['title'], ['title', 'votes'], ['$deleted'], ['$deleted', 'title'], ['$moved']]),
})

const many = (random: SeededRandom, most: number, make: (index: number) => Json): readonly Json[] =>
  Array.from({ length: random.between(0, most) }, (_, index) => make(index))

/** A request as a client could make it. */
export const validInput = (
  name: Name,
  speaker: Speaker,
  random: SeededRandom,
): { readonly [key: string]: Json } => {
  const { clientId, user, cursor, nextSeq } = speaker
  const common = { protocol: random.pick([protocolVersion, 1, 3]), clientId }
  const scoped = { ...common, scope: `team-${user}` }
  switch (name) {
    case 'push':
      return {
        ...scoped,
        instance: { acknowledged: 'i-1', candidate: 'i-1' },
        cursor,
        batchId: 'b-1',
        operations: many(random, 4, (index) => operation(speaker, index, random)),
        ...(random.chance(0.1) ? { waiting: [nextSeq] } : {}),
      }
    case 'pull':
      return { ...scoped, cursor, schemaVersion: '1.0.0', limit: random.between(1, 1_000) }
    case 'preflight': {
      const counts = { pending: random.between(0, 9), sent: 0 }
      const entities = many(random, 6, () => entity(random))
      return { ...scoped, cursor, entities, counts, oldestTimestamp: 1, opVersions: ['1.0.0'] }
    }
    case 'snapshot': {
      const page = speaker.pageToken === undefined ? {} : { pageToken: speaker.pageToken }
      return { ...scoped, ...page, limit: random.between(1, 50) }
    }
    case 'resume': {
      const drawn = Array.from({ length: random.between(0, 5) }, () => random.between(1, nextSeq))
      const seqs = [...new Set(drawn)]
      const ids = seqs.map((seq) => `${clientId}-op-${seq}`)
      const token = speaker.resumeToken === undefined ? {} : { resumeToken: speaker.resumeToken }
      return { ...scoped, ids, ...token, ...(random.chance(0.5) ? { clientSeqs: seqs } : {}) }
    }
    case 'live':
      return {
        ...common,
        scopes: random.pick([[`team-${user}`], [`team-${user}`, 'team-shared'], ['team-bert']]),
      }
  }
}
