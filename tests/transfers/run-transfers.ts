import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { startProxy, type Fault, type Recorded } from '../harness/proxy.ts'
import { startBankProcess } from './bank-process.ts'
import { openDevice, type Device, type Transfer } from './device.ts'
import { opening } from './schema.ts'

export interface TransfersOptions {
  readonly database: TestDatabase
  readonly devices: number
  readonly accounts: number
  /** Of all devices together. */
  readonly transfers: number
  /** How often the server's process is killed on the way. */
  readonly kills: number
  readonly seed: number
}

export interface TransfersResult {
  readonly applied: number
  readonly refused: number
  /** Fates that a transfer may not have, each different one once. */
  readonly odd: readonly string[]
  /** Sides of transfers that the app's ledger has not exactly as often as it should. */
  readonly miscounted: readonly string[]
  /** All of them while a push was on its way, or right before or after. */
  readonly kills: number
  /** Kills that met a push which the server had and had not answered. */
  readonly hits: number
  readonly faults: Readonly<Record<string, number>>
  readonly pushes: number
  /** States that devices showed, and those whose sum was wrong. */
  readonly shown: number
  readonly wrong: readonly string[]
  readonly lowestShown: number
  /** On the server, at the end and in its ledger at any time. */
  readonly lowest: number
  readonly total: number
  /** All devices show the server's balances, and these are what the ledger comes to. */
  readonly isEqual: boolean
  readonly seconds: number
}

const faultFor = (random: SeededRandom): Fault | undefined =>
  ({
    none: undefined,
    cutBefore: { kind: 'cutBefore' } as const,
    cutAfter: { kind: 'cutAfter' } as const,
    truncate: { kind: 'truncate' } as const,
    twice: { kind: 'twice' } as const,
  })[random.weighted({ none: 76, cutBefore: 6, cutAfter: 8, truncate: 2, twice: 8 })]

interface Entry {
  readonly operation_id: string
  readonly account: string
  readonly amount: number | bigint
  /** What was in the account then. */
  readonly balance: number | bigint
}

interface Ledger {
  readonly times: ReadonlyMap<string, number>
  readonly balances: ReadonlyMap<string, number>
  readonly lowest: number
}

/** What the balances come to by the app's own book. */
const readLedger = (entries: readonly Entry[], accounts: readonly string[]): Ledger => {
  const balances = new Map(accounts.map((id) => [id, opening]))
  const times = new Map<string, number>()
  let lowest = opening
  for (const { operation_id: id, account, amount, balance } of entries) {
    balances.set(account, (balances.get(account) ?? 0) + Number(amount))
    lowest = Math.min(lowest, Number(balance))
    times.set(id, (times.get(id) ?? 0) + 1)
  }
  return { times, balances, lowest }
}

/** Both applied, or refused for want of money with the other side aborted by it. */
const isRefused = ({ out, into }: Transfer): boolean =>
  out.fate.kind === 'rejected' &&
  out.fate.code === 'REFUSED' &&
  out.fate.reason === 'insufficient_balance' &&
  into.fate.kind === 'aborted' &&
  into.fate.cause === out.id

const isApplied = ({ out, into }: Transfer): boolean =>
  out.fate.kind === 'applied' && into.fate.kind === 'applied'

const toKills = (random: SeededRandom, { kills, transfers }: TransfersOptions): readonly number[] =>
  Array.from({ length: kills }, (_, index) =>
    // Spread over the operations that have passed, each at a random place of its part.
    Math.floor(((index + random.next()) / kills) * transfers * 1.8),
  )

/** A bank whose server is killed, over a bad network, with devices that are offline half of the time. */
export const runTransfers = async (options: TransfersOptions): Promise<TransfersResult> => {
  const { database, devices: count, accounts, transfers, seed } = options
  const random = createSeededRandom(`transfers ${seed}`)
  const start = performance.now()
  using folder = temporaryFolder()
  await using bank = await startBankProcess(database.url, accounts)
  await using proxy = await startProxy(bank.url)

  const faults: Record<string, number> = {}
  const due = [...toKills(random.fork('kills'), options)]
  let killed = 0
  let hits = 0
  const underWay = new Set<Recorded>()
  let killing: Promise<void> | undefined
  let passed = 0
  const network = random.fork('network')
  const killSoon = async (): Promise<void> => {
    const delay = network.between(0, 25)
    await new Promise((done) => void setTimeout(done, delay))
    if ([...underWay].some(({ answer }) => answer === undefined)) hits += 1
    underWay.clear()
    await bank.restart()
    killed += 1
    killing = undefined
  }
  let isQuiet = false
  proxy.decide = ({ procedure, operationIds }) => {
    passed += operationIds.length
    // While a push is under way, or right before or after.
    if (procedure === 'push' && killing === undefined && passed >= (due[0] ?? Infinity)) {
      due.shift()
      killing = killSoon()
    }
    const fault = isQuiet ? undefined : faultFor(network)
    const noted = proxy.requests.at(-1)
    if (procedure === 'push' && noted !== undefined && fault?.kind !== 'cutBefore') underWay.add(noted)
    if (fault !== undefined) faults[fault.kind] = (faults[fault.kind] ?? 0) + 1
    return fault
  }

  const open: Device[] = []
  try {
    for (let index = 0; index < count; index += 1) {
      const name = `teller-${index}`
      const filename = folder.path(`${name}.db`)
      open.push(
        await openDevice({ name, filename, url: `${proxy.url}/sync`, accounts, random: random.fork(name) }),
      )
    }
    const shareOf = (index: number): number => Math.floor((transfers + index) / count)
    await Promise.all(open.map((device, index) => device.transfer(shareOf(index))))
    await killing
    isQuiet = true
    // Twice: the second time everybody has what the others sent last.
    for (let round = 0; round < 2; round += 1) await Promise.all(open.map((device) => device.settle()))

    const ended = (await Promise.all(open.map((device) => device.transfers()))).flat()
    const rows = await database.prisma.holdfastRecord.findMany({ orderBy: { recordId: 'asc' } })
    const balances = rows.map(
      ({ recordId, data }) => [recordId, (JSON.parse(data) as Balance).balance] as const,
    )
    const entries = await database.prisma.$queryRaw<Entry[]>`SELECT * FROM ledger`
    const ledger = readLedger(
      entries,
      balances.map(([id]) => id),
    )
    const same = JSON.stringify(balances)
    const shows = await Promise.all(open.map(async (device) => JSON.stringify(await device.balances())))
    const booked = JSON.stringify(balances.map(([id]) => [id, ledger.balances.get(id)]))
    const odd = ended.filter((transfer) => !isApplied(transfer) && !isRefused(transfer))
    return {
      applied: ended.filter(isApplied).length,
      refused: ended.filter(isRefused).length,
      odd: [...new Set(odd.map(({ out, into }) => JSON.stringify([out.fate, into.fate])))],
      miscounted: ended.flatMap((transfer) =>
        [transfer.out, transfer.into]
          .filter(({ id, entries: due }) => (ledger.times.get(id) ?? 0) !== (isApplied(transfer) ? due : 0))
          .map(({ id }) => id),
      ),
      kills: killed,
      hits,
      faults,
      pushes: proxy.requests.filter(({ procedure }) => procedure === 'push').length,
      shown: open.reduce((all, { seen }) => all + seen.shown, 0),
      wrong: [...new Set(open.flatMap(({ seen }) => seen.wrong))],
      lowestShown: Math.min(...open.map(({ seen }) => seen.lowest)),
      lowest: Math.min(ledger.lowest, ...balances.map(([, balance]) => balance)),
      total: balances.reduce((all, [, balance]) => all + balance, 0),
      isEqual: booked === same && shows.every((shown) => shown === same),
      seconds: (performance.now() - start) / 1_000,
    }
  } finally {
    isQuiet = true
    await Promise.all(open.map((device) => device[Symbol.asyncDispose]()))
    await killing
  }
}

interface Balance {
  readonly balance: number
}
