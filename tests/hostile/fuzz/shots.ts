import { procedures } from '@holdfast/core/protocol'
import type { SeededRandom } from '@holdfast/core/testing'
import { jsonCases, naughtyTexts, nested } from '../corpora.ts'
import type { Shot } from '../send.ts'
import { mutate, spoil, toText, type Json } from './mutate.ts'
import { procedureNames, validInput, type Name, type Speaker } from './valid.ts'

/** A request, which procedures it asks for, and how it was made. */
export interface Fired {
  readonly shot: Shot
  readonly names: readonly (Name | undefined)[]
  readonly kind: Kind
}

export type Kind = 'valid' | 'mutated' | 'annotated' | 'spoiled' | 'corpus' | 'bytes' | 'transport'

const weights: Readonly<Record<Kind, number>> = {
  valid: 20,
  mutated: 40,
  annotated: 5,
  spoiled: 10,
  corpus: 10,
  bytes: 5,
  transport: 10,
}

type Mount = 'sync' | 'trpc'

const pathOf = (mount: Mount, ...names: readonly string[]): string =>
  mount === 'sync' ? `/sync/${names.join()}` : `/trpc/${names.map((name) => `sync.${name}`).join()}`

interface Carried {
  readonly mount: Mount
  readonly name: Name
  readonly speaker: Speaker
  /** Of several calls in one: the whole. */
  readonly input: Uint8Array | string
  /** How many calls. Default: one, not as a batch. */
  readonly calls?: number
}

/** In the place of the request's input: POST carries it as the body, GET in the query. */
const carry = ({ mount, name, speaker, input, calls }: Carried): Shot => {
  const headers = { authorization: speaker.user }
  const path = pathOf(mount, ...Array<Name>(calls ?? 1).fill(name))
  const batch = calls === undefined ? '' : '?batch=1'
  if (procedures[name].type === 'mutation') {
    const type = { 'content-type': 'application/json' }
    return { method: 'POST', path: path + batch, headers: { ...headers, ...type }, body: input }
  }
  const query = typeof input === 'string' ? encodeURIComponent(input.toWellFormed()) : escapeBytes(input)
  return { method: 'GET', path: `${path}?input=${query}${batch.replace('?', '&')}`, headers }
}

const escapeBytes = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

const annotations: readonly string[] = [
  '{"values":{"cursor":["undefined"]}}',
  '{"values":{"clientId":["bigint"],"protocol":["bigint"]}}',
  '{"values":{"operations":{"0":{"payload":["bigint"],"baseVersion":["Date"]}}}}',
  '{"values":{"operations.0.payload":["Date"],"scope":["number"]}}',
  '{"values":{"operations":["set"]}}',
  '{"values":{"a":["regexp"]}}',
  '{"values":{"__proto__.polluted":["undefined"]}}',
  '{"values":["Date"]}',
  '{"values":[["custom","x"]]}',
  '{"referentialEqualities":{"scope":["clientId"]}}',
  '{"values":{"operations":{"0":{"id":["undefined"],"clientSeq":["Date"]}}}}',
  '{"v":99,"values":null}',
  '[]',
  'null',
]

const enveloped = (mount: Mount, text: string, meta?: string): string =>
  mount === 'trpc' ? text : `{"json":${text}${meta === undefined ? '' : `,"meta":${meta}`}}`

const corpusText = (input: { readonly [key: string]: Json }, random: SeededRandom): string => {
  const text = random.pick(jsonCases)
  switch (random.weighted({ whole: 2, member: 2, payload: 1, naughty: 2 })) {
    case 'whole':
      return text
    case 'member': {
      const key = random.pick(Object.keys(input))
      return `${toText(input).slice(0, -1)},${JSON.stringify(key)}:${text}}`
    }
    case 'payload':
      return JSON.stringify(input).replaceAll(
        /"payload":"(?:[^"\\]|\\.)*"/g,
        () => `"payload":${JSON.stringify(text)}`,
      )
    case 'naughty': {
      const strange = JSON.stringify(random.pick(naughtyTexts))
      const places = [...JSON.stringify(input).matchAll(/"(?:[^"\\]|\\.)*"/g)]
      const place = random.pick(places)
      const whole = JSON.stringify(input)
      return whole.slice(0, place.index) + strange + whole.slice(place.index + place[0].length)
    }
  }
}

const contentTypes: readonly string[] = [
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  '',
]

/** What surrounds a good request is strange. */
const strangeTransport = (
  { mount, name, speaker, text }: { mount: Mount; name: Name; speaker: Speaker; text: string },
  random: SeededRandom,
): Omit<Fired, 'kind'> => {
  const usual = carry({ mount, name, speaker, input: text })
  const headed = (headers: Readonly<Record<string, string>>): Omit<Fired, 'kind'> => ({
    shot: { ...usual, headers: { ...usual.headers, ...headers } },
    names: [name],
  })
  switch (
    random.weighted({
      type: 3,
      encoding: 1,
      accept: 2,
      method: 2,
      path: 3,
      query: 3,
      batch: 4,
      mixed: 1,
      headers: 1,
      anonymous: 1,
    })
  ) {
    case 'type':
      return headed({ 'content-type': random.pick(contentTypes) })
    case 'encoding':
      return headed({ 'content-encoding': random.pick(['gzip', 'br', 'identity, gzip', 'x', '']) })
    case 'accept':
      return headed({
        'trpc-accept': random.pick(['application/jsonl', 'text/event-stream', 'x']),
        accept: '*/*',
      })
    case 'method':
      return {
        shot: { ...usual, method: random.pick(['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'GET']) },
        names: [name],
      }
    case 'path': {
      const strange = random.pick([
        '%',
        '%2F',
        '%00',
        '..',
        '//',
        'constructor',
        '__proto__',
        '%c0%af',
        'a'.repeat(2_000),
        ',',
      ])
      return { shot: { ...usual, path: pathOf(mount, strange) }, names: [] }
    }
    case 'query': {
      const joint = usual.path.includes('?') ? '&' : '?'
      const more = random.pick([
        'connectionParams=%7B%22a%22%3A1%7D',
        'connectionParams=x',
        'batch=1',
        'lastEventId=x',
        'Last-Event-Id=%00',
        'input=%7B%7D',
        'input',
        '%',
      ])
      return { shot: { ...usual, path: `${usual.path}${joint}${more}` }, names: [name] }
    }
    case 'batch': {
      const count = random.between(1, 12)
      const one = JSON.parse(text) as Json
      const inputs = Object.fromEntries<Json>(Array.from({ length: count }, (_, index) => [index, one]))
      const whole = random.chance(0.5) ? toText(inputs) : toText(mutate(inputs, random))
      return {
        shot: carry({ mount, name, speaker, input: whole, calls: count }),
        names: Array<Name>(count).fill(name),
      }
    }
    case 'mixed': {
      const others = random.pick([procedureNames.join(), `${name},nothing,${name}`, ',,,'])
      const path = pathOf(mount, ...others.split(','))
      const names = others.split(',').map((one) => procedureNames.find((known) => known === one))
      return { shot: { ...usual, path: `${path}?batch=1&input=%7B%7D` }, names }
    }
    case 'headers':
      return headed({
        host: random.pick(['', '[', 'a b', '::']),
        'x-forwarded-proto': 'javascript',
        'last-event-id': '\u00ff',
      })
    case 'anonymous': {
      const { authorization: _, ...headers } = usual.headers
      return { shot: { ...usual, headers }, names: [name] }
    }
  }
}

/** One request to the procedure. */
export const fire = (name: Name, speaker: Speaker, random: SeededRandom): Fired => {
  const kind = random.weighted(weights)
  const mount = random.pick<Mount>(['sync', 'trpc'])
  const input = validInput(name, speaker, random)
  const shotWith = (whole: Uint8Array | string): Fired => ({
    kind,
    names: [name],
    shot: carry({ mount, name, speaker, input: whole }),
  })
  const shoot = (text: string, meta?: string): Fired => shotWith(enveloped(mount, text, meta))
  switch (kind) {
    case 'valid':
      return shoot(toText(input))
    case 'mutated':
      return shoot(
        toText(
          Array.from({ length: random.between(1, 3) }).reduce<Json>((value) => mutate(value, random), input),
        ),
      )
    case 'annotated':
      return shoot(toText(random.chance(0.5) ? input : mutate(input, random)), random.pick(annotations))
    case 'spoiled':
      return shotWith(spoil(enveloped(mount, toText(input)), random))
    case 'corpus':
      return random.chance(0.9)
        ? shoot(corpusText(input, random))
        : shoot(nested(random.pick([1_000, 100_000])))
    case 'bytes':
      return shotWith(random.bytes(random.between(0, 300)))
    case 'transport':
      return {
        kind,
        ...strangeTransport({ mount, name, speaker, text: enveloped(mount, toText(input)) }, random),
      }
  }
}
