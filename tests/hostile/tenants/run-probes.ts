import { isDeepStrictEqual } from 'node:util'
import { ask, type Answered } from '../ask.ts'
import type { Sender } from '../send.ts'
import { combinations, probes, type Origin, type Probe, type Slot, type Values } from './probes.ts'
import type { Tenant } from './tenant.ts'

type Origins = Readonly<Partial<Record<Slot, Origin>>>

/** Which of two requests that should be answered alike, and how many such pairs came before. */
interface Turn {
  readonly pair: number
  readonly half: 0 | 1
}

/**
 * Both requests of a pair name places of the same kind and history: records of one collection, to which the same was done
 * by earlier pairs.
 */
const createNaming = (own: Tenant, theirs: Tenant) => {
  const tokenOf = (tenant: Tenant, { procedure }: Probe): string => {
    if (procedure === 'snapshot') return tenant.pageToken
    return procedure === 'resume' ? tenant.resumeToken : tenant.cursor
  }
  return (probe: Probe, origins: Origins, { pair, half }: Turn): Values => {
    const of = (slot: Slot, values: Readonly<Record<Origin, string>>): string =>
      values[origins[slot] ?? 'own']
    const place = (pair * 6 + half * 3 + (pair % 3)) % own.records.length
    const at = (names: readonly string[]): string => names[place] ?? ''
    const isOwnToken = probe.procedure === 'resume' && origins.token === 'own'
    const ownClient = isOwnToken ? own.clientId : `fresh-${pair}-${half}`
    return {
      scope: of('scope', { own: own.scope, theirs: theirs.scope, unknown: `team-nobody-${pair}` }),
      clientId: of('clientId', { own: ownClient, theirs: theirs.clientId, unknown: `nobodys-${pair}` }),
      token: of('token', { own: tokenOf(own, probe), theirs: tokenOf(theirs, probe), unknown: '' }),
      operationId: of('operationId', {
        own: `own-op-${pair}-${half}`,
        theirs: at(theirs.operations),
        unknown: `no-op-${place - half * 3}`,
      }),
      recordId: of('recordId', {
        own: at(own.records),
        theirs: at(theirs.records),
        unknown: `no-record-${place - half * 3}`,
      }),
      to: of('to', { own: `${own.scope}-2`, theirs: theirs.scope, unknown: `team-nowhere-${pair}` }),
    }
  }
}

/** What was asked for, under the name of its place; and nothing that changes from one request to the next. */
const comparable = ({ message }: Answered, values: Values): unknown => {
  const named = Object.entries(values)
    .filter(([, value]) => value !== '')
    .toSorted(([, left], [, right]) => right.length - left.length)

    .reduce((text, [slot, value]) => text.replaceAll(value, `<${slot}>`), JSON.stringify(message))
    .replaceAll(/secret-bert-\d+/g, '<secret>')
  return JSON.parse(named, (key, value: unknown) =>
    [
      'cursor',
      'pageToken',
      'resumeToken',
      'serverTime',
      'head',
      'seq',
      'updatedAt',
      'changes',
      'hasMore',
      'beatMs',
      'retryAfterMs',
    ].includes(key)
      ? undefined
      : value,
  ) as unknown
}

/** All that came, and what the tokens in it are made of; without what was sent. */
const bytesOf = ({ text }: Answered, values: Values): string => {
  const tokens = [...text.matchAll(/[A-Za-z0-9_-]{24,}/g)].map(([token]) =>
    Buffer.from(token, 'base64url').toString(),
  )
  return Object.values(values)
    .filter((value) => value !== '')
    .reduce((all, value) => all.replaceAll(value, ''), `${text}\n${tokens.join('\n')}`)
}

export interface Probed {
  readonly problems: readonly string[]
  readonly requests: number
  readonly bytes: number
}

interface Probing {
  readonly sender: Sender
  readonly own: Tenant
  readonly theirs: Tenant
  /** Texts that nothing which comes back may have in it. */
  readonly canaries: readonly string[]
}

const isForbidden = (message: unknown): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'code' in message &&
  message.code === 'FORBIDDEN_OR_MISSING'

/** Where a scope, a client or a token of theirs is named nothing else may be said. */
const isDenied = ({ procedure }: Probe, { scope, clientId, token }: Origins, answer: unknown): boolean => {
  if (procedure !== 'live') return isForbidden(answer) || ![scope, clientId, token].includes('theirs')
  const events = Array.isArray(answer) ? (answer as unknown[]) : []
  if (clientId === 'theirs') return events.some(isForbidden)
  return (
    scope !== 'theirs' ||
    events.some((event) => isDeepStrictEqual(event, { kind: 'closed', scope: '<scope>' }))
  )
}

/** Asks for all there is of another tenant, in every way of naming it; and for what nobody has, in the same way. */
export const runProbes = async ({ sender, own, theirs, canaries }: Probing): Promise<Probed> => {
  const naming = createNaming(own, theirs)
  const problems: string[] = []
  let requests = 0
  let bytes = 0

  const probeWith = async (probe: Probe, origins: Origins, turn: Turn): Promise<unknown> => {
    const values = naming(probe, origins, turn)
    const answered = await ask(sender, own.user, probe.procedure, probe.input(values))
    const all = bytesOf(answered, values)
    requests += 1
    bytes += answered.text.length
    const leaked = canaries.filter((canary) => all.includes(canary))
    if (leaked.length > 0) problems.push(`${probe.title} ${JSON.stringify(origins)} told ${leaked[0]}`)
    return comparable(answered, values)
  }

  let pair = 0
  for (const probe of probes) {
    for (const origins of combinations(probe.slots)) {
      pair += 1
      const what = `${probe.title} ${JSON.stringify(origins)}`
      const answer = await probeWith(probe, origins, { pair, half: 0 })
      if (!isDenied(probe, origins, answer))
        problems.push(`${what} was not refused: ${JSON.stringify(answer)}`)
      // That a client's id is somebody's can't be hidden from one who would use it: it is refused.
      if (origins.clientId === 'theirs') continue
      const other = await probeWith(probe, asNobodys(origins), { pair, half: 1 })
      if (isDeepStrictEqual(answer, other)) continue
      problems.push(`${what}: ${JSON.stringify(answer)}\nof what nobody has: ${JSON.stringify(other)}`)
    }
  }
  return { problems, requests, bytes }
}

const asNobodys = (origins: Origins): Origins =>
  Object.fromEntries(
    Object.entries(origins).map(([slot, origin]) => [
      slot,
      origin === 'theirs' && slot !== 'token' ? 'unknown' : origin,
    ]),
  )
