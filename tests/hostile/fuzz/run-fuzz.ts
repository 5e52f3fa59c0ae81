import { createSeededRandom } from '@holdfast/core/testing'
import { createSender, type Cut, type Reply, type Sender } from '../send.ts'
import { judge } from './check.ts'
import { fire, type Fired, type Kind } from './shots.ts'
import { createSpeaker, type Name, type Speaker } from './valid.ts'

export interface FuzzOptions {
  readonly url: string
  readonly name: Name
  readonly requests: number
  readonly seed: string
}

export interface Fuzzed {
  readonly problems: readonly string[]
  readonly statuses: ReadonlyMap<string, number>
  /** By how they were made: those that were answered by what was asked for. */
  readonly answered: ReadonlyMap<Kind, number>
}

const workers = 6

/** Clients fire one request after the other, side by side. What each of them sends rests on the seed, and on what it heard. */
export const runFuzz = async ({ url, name, requests, seed }: FuzzOptions): Promise<Fuzzed> => {
  const problems: string[] = []
  const statuses = new Map<string, number>()
  const answered = new Map<Kind, number>()
  using sender = createSender(url)

  const work = async (worker: number): Promise<void> => {
    const random = createSeededRandom(`${seed}/${name}/${worker}`)
    const speaker = createSpeaker('ada', `${name}-${worker}`)
    for (let count = worker; count < requests; count += workers) {
      const fired = fire(name, speaker, random)
      const reply = await sendPatiently(sender, fired)
      const problem = judge(fired, reply)
      if (problem !== undefined) problems.push(describe(fired, reply, problem))
      const status = 'cut' in reply ? reply.cut : `${reply.status}`
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if ('cut' in reply || !reply.text.includes('"answer"')) continue
      answered.set(fired.kind, (answered.get(fired.kind) ?? 0) + 1)
      if (fired.kind === 'valid') learn(speaker, reply.text)
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  return { problems, statuses, answered }
}

/** A connection that was kept may be closed by the server in the moment when it is used again. */
const sendPatiently = async (sender: Sender, { shot }: Fired): Promise<Reply | Cut> => {
  const reply = await sender.send(shot)
  return 'cut' in reply && reply.cut === 'ECONNRESET' ? sender.send(shot) : reply
}

const describe = ({ kind, shot }: Fired, reply: Reply | Cut, problem: string): string =>
  [
    `${problem} (${kind})`,
    `${shot.method} ${shot.path.slice(0, 1_500)} ${JSON.stringify(shot.headers)}`,
    String(shot.body ?? '').slice(0, 3_000),
    'cut' in reply ? reply.cut : `${reply.status} ${reply.text.slice(0, 600)}`,
  ].join('\n  ')

const learn = (speaker: Speaker, text: string): void => {
  const tokens = Object.fromEntries(
    [...text.matchAll(/"(cursor|resumeToken|pageToken)":"([^"]+)"/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  )
  speaker.cursor = tokens['cursor'] ?? speaker.cursor
  speaker.resumeToken = tokens['resumeToken'] ?? speaker.resumeToken
  speaker.pageToken = tokens['pageToken']
  const watermark = /"watermark":(\d+)/.exec(text)?.[1]
  if (watermark !== undefined) speaker.nextSeq = Number(watermark) + 1
}
