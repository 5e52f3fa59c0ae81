import { procedures } from '@holdfast/core/protocol'
import type { Cut, Reply } from '../send.ts'
import type { Fired } from './shots.ts'
import type { Name } from './valid.ts'

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

const own = (value: unknown, key: string): unknown =>
  isMembers(value) && Object.hasOwn(value, key) ? value[key] : undefined

/** Without what superjson puts around it. */
const bare = (data: unknown): unknown => own(data, 'json') ?? data

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** What is wrong with a message of ours; undefined: nothing. */
const judgeOutput = (name: Name | undefined, data: unknown): string | undefined => {
  if (name === undefined) return 'an answer to a procedure that does not exist'
  const parsed = procedures[name].output.safeParse(data)
  if (!parsed.success) return `not by the schema: ${JSON.stringify(parsed.error.issues.slice(0, 2))}`
  const results = own(data, 'results')
  for (const one of [data, ...(Array.isArray(results) ? (results as unknown[]) : [])]) {
    if (own(one, 'code') === 'SERVER_FAILED') return 'the server failed'
  }
  return undefined
}

const isError = (item: unknown): boolean => typeof own(bare(own(item, 'error')), 'code') === 'number'

/** One call's part of an answer. */
const judgeCall = (name: Name | undefined, item: unknown): string | undefined => {
  if (isError(item)) {
    const status = own(own(bare(own(item, 'error')), 'data'), 'httpStatus')
    return Number(status) >= 500 ? `a call failed with ${String(status)}` : undefined
  }
  const result = own(item, 'result')
  return result === undefined ? 'neither a result nor an error' : judgeOutput(name, bare(own(result, 'data')))
}

/** Each `data:` line of our own events. */
const judgeStream = (name: Name | undefined, text: string): string | undefined => {
  for (const block of text.split('\n\n').slice(0, -1)) {
    const lines = block.split('\n')
    const event = lines.find((line) => line.startsWith('event: '))?.slice(7)
    const data = lines.find((line) => line.startsWith('data: '))?.slice(6)
    if (data === undefined) continue
    // What would be a status of its own, had the stream not begun.
    const problem =
      event === 'serialized-error'
        ? judgeCall(name, { error: parse(data) })
        : event === undefined && judgeOutput(name, bare(parse(data)))
    if (typeof problem === 'string') return problem
  }
  return undefined
}

const judgeOk = (names: readonly (Name | undefined)[], { type, text }: Reply): string | undefined => {
  if (type.startsWith('text/event-stream')) return judgeStream(names[0], text)
  if (type.startsWith('application/jsonl'))
    return text.includes('SERVER_FAILED') ? 'the server failed' : undefined
  if (text === '') return undefined
  const body = parse(text)
  if (body === undefined) return 'no JSON'
  if (!Array.isArray(body)) return judgeCall(names[0], body)
  return body.map((item, index) => judgeCall(names[index], item)).find((problem) => problem !== undefined)
}

/** Node refuses longer heads by itself: with 431, or by closing where more is under way than it reads. */
const longestHead = 15_000

/** What must not hold of any answer; undefined: it is as it should be. `names`: the procedures that were asked for. */
export const judge = ({ names, shot }: Fired, reply: Reply | Cut): string | undefined => {
  if ('cut' in reply) return shot.path.length > longestHead ? undefined : `cut: ${reply.cut}`
  if (reply.status >= 500) return `status ${reply.status}`
  if (/node_modules|\.ts:\d|prisma|SQLITE|sqlstate/i.test(reply.text)) return 'it tells of its inside'
  return reply.status < 300 ? judgeOk(names, reply) : undefined
}
