import type { Delivery, NetworkPlan, SeededRandom, WireAnswer } from '@holdfast/core/testing'
import type { Sim } from './sim.ts'
import type { ForeignAnswer } from './swarm.ts'

/** The network of one device. */
export interface DeviceNetwork extends NetworkPlan {
  readonly cutOff: (milliseconds: number) => void
  /** What is asked arrives, and no answer does. */
  readonly loseAnswers: (milliseconds: number) => void
  /** The next request is so long on the way. */
  readonly delayNext: (milliseconds: number) => void
  /** Until then every request is refused for its token. */
  readonly expireToken: (milliseconds: number) => void
  readonly heal: () => void
  /** When the last message that is on its way arrives. */
  readonly lastArrival: () => number
}

const foreignAnswer = (kind: Exclude<ForeignAnswer, 'none'>, random: SeededRandom): WireAnswer => {
  const retryAfter = random.chance(0.6) ? { retryAfterMs: random.between(200, 5_000) } : {}
  switch (kind) {
    case '401':
      return { status: 401, body: '' }
    case '429':
      return { status: 429, body: '', ...retryAfter }
    case '503':
      return { status: 503, body: '<html>no upstream</html>', ...retryAfter }
    case 'html':
      return {
        status: 200,
        body: random.chance(0.5) ? '<html>Welcome to the airport</html>' : '{"kind":"answer","res',
      }
  }
}

/** The longest that a message is on its way, in milliseconds. */
const mostLate = 12_000

const counterOf = { 401: 'answer 401', 429: 'answer 429', 503: 'answer 503', html: 'answer in HTML' } as const

export const createDeviceNetwork = (sim: Sim, name: string): DeviceNetwork => {
  const { time, counters, swarm } = sim
  const { network } = swarm
  const random = sim.random.fork(`network ${name}`)
  let cutUntil = 0
  let deafUntil = 0
  let lastArrival = 0
  let expiredUntil = 0
  let delayed: number | undefined

  const delay = (): number => {
    const usual = 1 + random.next() * network.latency
    if (!random.chance(network.late)) return usual
    counters.add('message very late')
    return usual + Math.min(mostLate, -Math.log(1 - random.next()) * 3_000)
  }

  const deliver = (...copies: readonly number[]): Delivery => {
    lastArrival = Math.max(lastArrival, ...copies.map((copy) => time.now() + copy))
    return { copies }
  }
  const lost: Delivery = { copies: [] }
  const perfect = (): Delivery => deliver(10 + random.next() * 10)
  const isCut = (): boolean => time.now() < cutUntil

  return {
    cutOff(milliseconds) {
      counters.add('partition')
      cutUntil = time.now() + milliseconds
    },
    loseAnswers(milliseconds) {
      deafUntil = time.now() + milliseconds
    },
    delayNext(milliseconds) {
      delayed = milliseconds
    },
    expireToken(milliseconds) {
      counters.add('token expired')
      expiredUntil = time.now() + milliseconds
    },
    heal() {
      cutUntil = 0
      deafUntil = 0
      expiredUntil = 0
      delayed = undefined
    },
    lastArrival: () => lastArrival,
    request() {
      if (!sim.isChaos()) return perfect()
      if (isCut()) return lost
      if (time.now() < expiredUntil) {
        counters.add('answer 401')
        return { copies: [], answeredBy: { status: 401, body: '' } }
      }
      if (delayed !== undefined) {
        const ms = delayed
        delayed = undefined
        return deliver(ms)
      }
      const foreign = random.weighted(network.foreign)
      if (foreign !== 'none') {
        counters.add(counterOf[foreign])
        const { copies } = random.chance(0.2) ? deliver(delay()) : lost
        return { copies, answeredBy: foreignAnswer(foreign, random) }
      }
      if (random.chance(network.dropRequest)) {
        counters.add('request dropped')
        return lost
      }
      if (!random.chance(network.duplicate)) return deliver(delay())
      counters.add('request duplicated')
      return deliver(delay(), delay() + random.next() * 4_000)
    },
    response() {
      if (!sim.isChaos()) return perfect()
      if (isCut() || time.now() < deafUntil || random.chance(network.dropResponse)) {
        counters.add('response dropped')
        return lost
      }
      return deliver(delay())
    },
  }
}
