import { expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const scopes = ['team-1', 'team-2'] as const
const movers = 5
/** Of all movers together, half of them in each direction. `pnpm prove moves` asks for 1,000. */
const moves = Number(process.env['HOLDFAST_MOVES'] ?? 60)
/** Records that two devices move at once. */
const fought = movers

const idsIn = (scope: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${scope}-${index}`)

const withRecords = async (world: World): Promise<void> => {
  for (const scope of scopes) {
    const author = await world.device(`author-${scope}`, { scopes: [scope] })
    const ids = [...idsIn(scope, moves / 2), ...idsIn(`fought-${scope}`, fought)]
    await Promise.all(ids.map((id) => author.client.collections.tasks.create({ id, title: id })))
    expect(await author.settle()).toMatchObject({ status: 'synced' })
    await author.client.close()
  }
}

const shownIn = async (device: Device): Promise<readonly string[]> =>
  (await device.client.collections.tasks.find()).map(({ id }) => id).toSorted()

test.each(databaseNames)(
  '[CL60] [AP29] moves in opposite directions at once, on %s',
  { timeout: 600_000 },
  async (database) => {
    await using world = await openWorld({ database, scopes: () => [...scopes] })
    await withRecords(world)
    const devices = await Promise.all(
      Array.from({ length: movers }, (_, index) => world.device(`mover-${index}`, { scopes: [...scopes] })),
    )
    await Promise.all(devices.map((device) => device.settle()))
    for (const device of devices) device.client.pause()

    const there = idsIn('team-1', moves / 2)
    const back = idsIn('team-2', moves / 2)
    const ofMover = (ids: readonly string[], mover: number) => ids.filter((_, at) => at % movers === mover)
    for (const [index, { client }] of devices.entries()) {
      const { tasks } = client.collections
      for (const id of ofMover(there, index)) await tasks.move(id, 'team-2')
      for (const id of ofMover(back, index)) await tasks.move(id, 'team-1')
      // Two devices want each of these.
      for (const rival of [index, (index + 1) % movers]) await tasks.move(`fought-team-1-${rival}`, 'team-2')
    }
    const start = performance.now()
    await Promise.all(devices.map((device) => device.settle()))
    const seconds = (performance.now() - start) / 1_000
    for (const device of devices) expect(await device.settle()).toMatchObject({ status: 'synced' })

    const all = [...there, ...back, ...idsIn('fought-team-1', fought), ...idsIn('fought-team-2', fought)]
    for (const device of devices) expect(await shownIn(device)).toEqual(all.toSorted())
    const rows = await world.server.prisma.holdfastRecord.findMany({ where: { deleted: false } })
    expect(rows.map(({ recordId }) => recordId).toSorted()).toEqual(all.toSorted())
    const inScope = (scope: string) =>
      rows.flatMap((row) => (row.scope === scope ? [row.recordId] : [])).toSorted()
    expect(inScope('team-2')).toEqual(
      [...there, ...idsIn('fought-team-1', fought), ...idsIn('fought-team-2', fought)].toSorted(),
    )
    expect(inScope('team-1')).toEqual([...back].toSorted())

    const letters = (await Promise.all(devices.map(({ client }) => client.deadLetters.list()))).flat()
    expect(letters).toHaveLength(fought)
    figure(
      `${database}: ${moves + 2 * fought} moves at once in ${seconds.toFixed(1)} s, no deadlock; ` +
        `${all.length} records each in one scope on the server and on ${devices.length} devices; ` +
        `of ${2 * fought} rival moves ${letters.length} were told so`,
    )
  },
)
