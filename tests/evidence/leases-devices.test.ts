import { hasCode } from '@holdfast/core'
import { leaseId } from '@holdfast/plugins/single-writer'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { scope } from '../harness/server.ts'
import { elsewhere, openLeaseWorld, ttl, type LeaseDevice, type LeaseWorld } from '../leases/lease-world.ts'

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    return hasCode(error, 'LEASE_LOST') ? `${error.code} ${error.details.holder}` : String(error)
  }
  return 'none'
}

const both = { scopes: [scope, elsewhere] }
const report = async ({ client }: LeaseDevice) => client.collections.reports.get('r')
const lettersOf = async ({ client }: LeaseDevice) =>
  (await client.deadLetters.list()).map(({ type, fate }) => [type, fate])

const publish = async (author: LeaseDevice, ...others: readonly LeaseDevice[]): Promise<void> => {
  await author.client.collections.reports.create({ id: 'r', title: 'Report' })
  for (const device of [author, ...others]) await device.sync()
}

const move = async (mover: LeaseDevice, to: string, ...others: readonly LeaseDevice[]): Promise<void> => {
  await mover.client.collections.reports.move('r', to, { team: to })
  for (const device of [mover, ...others]) await device.sync()
}

/** Two devices with the same files, of which one goes on under the client id of both. */
const openCopies = async (world: LeaseWorld): Promise<readonly [LeaseDevice, LeaseDevice]> => {
  const original = await world.device('ada', { file: 'phone' })
  await publish(original)
  await original.leases.acquire('reports', 'r')
  await original.client.close()
  world.copy('phone', 'copy')
  return [await world.device('ada', { file: 'phone' }), await world.device('ada', { file: 'copy' })]
}

describe.each(databaseNames)('%s', (name) => {
  test('[SW14] a record that moved has its lease where it is: whoever is in both scopes gets it there', async () => {
    await using world = await openLeaseWorld(name)
    const ada = await world.device('ada', both)
    const ben = await world.device('ben', both)
    const cyd = await world.device('cyd', { scopes: [elsewhere] })
    await publish(ada, ben, cyd)
    const seen: string[] = []
    ben.leases.state$('reports', 'r').subscribe(({ kind }) => seen.push(kind))

    await ada.leases.acquire('reports', 'r')
    await ben.sync()
    await expect.poll(() => seen).toEqual(['free', 'taken'])
    await move(ada, elsewhere, ben, cyd)
    await expect.poll(() => seen).toEqual(['free', 'taken', 'free'])
    expect(await ada.leases.state('reports', 'r')).toEqual({ kind: 'free' })
    expect(await codeOf(ada.client.collections.reports.update('r', { title: 'Too soon' }))).toMatch(
      'LEASE_LOST',
    )

    expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
    await ben.client.collections.reports.update('r', { title: 'By Ben, elsewhere' })
    for (const device of [ben, ada, cyd]) await device.sync()
    expect(await cyd.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ben' })
    expect(await ada.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ben' })
    expect(await report(cyd)).toMatchObject({ title: 'By Ben, elsewhere' })

    // And the other way round, between two that have it by turns.
    await ben.leases.release('reports', 'r')
    for (const device of [ben, cyd]) await device.sync()
    expect(await cyd.leases.acquire('reports', 'r')).toMatchObject({ fence: 2 })
    await cyd.client.collections.reports.update('r', { title: 'By Cyd' })
    for (const device of [cyd, ada]) await device.sync()
    expect(await lettersOf(ben)).toEqual([])
    expect(await report(ada)).toMatchObject({ title: 'By Cyd' })
    figure(`${name}: the lease of a record that moved was granted to a device that is in both scopes`)
  })

  test('[SW14] taken away and brought back by the one who holds it: her lease is still there', async () => {
    await using world = await openLeaseWorld(name)
    const ada = await world.device('ada', both)
    await publish(ada)
    await ada.leases.acquire('reports', 'r')
    await move(ada, elsewhere)
    await ada.leases.acquire('reports', 'r')
    await move(ada, scope)
    expect(await lettersOf(ada)).toEqual([])
    expect(await ada.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
    await ada.client.collections.reports.update('r', { title: 'Back again' })
    expect(await ada.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
  })

  test('[SW15] another device of the same user can’t write under a lease, whatever it knows of it', async () => {
    await using world = await openLeaseWorld(name)
    const phone = await world.device('ada', { file: 'phone' })
    const desk = await world.device('ada', { file: 'desk' })
    await publish(phone, desk)
    const { fence } = await phone.leases.acquire('reports', 'r')
    await desk.sync()
    expect(await desk.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })

    // By the app's own hand, past the plugin: it is without effect.
    const { reportLeases } = desk.client.collections
    await reportLeases.run.release(leaseId(scope, 'r'), { fence })
    await reportLeases.run.renew(leaseId(scope, 'r'), { fence })
    await desk.sync()
    await phone.sync()
    expect(await phone.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence })
  })

  test('[SW15] of two copies of a device’s files the first that speaks keeps the lease, the other one is told', async () => {
    await using world = await openLeaseWorld(name)
    const [first, second] = await openCopies(world)
    for (const device of [first, second]) {
      expect(await device.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
      device.connectivity.set(false)
    }
    const seen: string[] = []
    second.leases.state$('reports', 'r').subscribe(({ kind }) => seen.push(kind))
    await first.client.collections.reports.update('r', { title: 'By the first' })
    await second.client.collections.reports.update('r', { title: 'By the second' })
    for (const device of [first, second, first]) {
      device.connectivity.set(true)
      await device.sync()
    }
    expect(await lettersOf(first)).toEqual([])
    expect(await lettersOf(second)).toMatchObject([['update', { code: 'LEASE_LOST', holder: 'ada' }]])
    expect(await report(second)).toMatchObject({ title: 'By the first' })
    expect(await second.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })
    await expect.poll(() => seen).toEqual(['held', 'taken'])
    expect(await codeOf(second.client.collections.reports.update('r', { title: 'Again' }))).toBe(
      'LEASE_LOST ada',
    )

    // It goes on once the lease is over, and what it wrote is there.
    world.pass(ttl + 1)
    expect(await second.leases.acquire('reports', 'r')).toMatchObject({ fence: 2 })
    const [letter] = await second.client.deadLetters.list()
    await second.client.deadLetters.retry(letter?.id ?? '')
    await second.sync()
    expect(await report(second)).toMatchObject({ title: 'By the second' })
    figure(`${name}: 1 of 2 copies wrote under the lease, the other was told LEASE_LOST and kept its work`)
  })

  test('[SW16] who leaves the scope and joins it again has the lease as before', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada', both), await world.device('ben')]
    await publish(ada, ben)
    await ada.leases.acquire('reports', 'r')
    await ada.sync()
    await ada.client.scopes.leave(scope)
    await ada.client.scopes.join(scope)
    await ada.sync()
    expect(await ada.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
    await ada.client.collections.reports.update('r', { title: 'Back again' })
    expect(await ada.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
    await ada.leases.release('reports', 'r')
    await ada.sync()
    await ben.sync()
    expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ fence: 2 })
  })

  test('[SW17] a conflict is answered under the lease of that moment, and not without one', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish(ada, ben)
    await ada.client.collections.notes.create({ id: 'n', title: 'Note' })
    for (const device of [ada, ben]) await device.sync()
    await ada.leases.acquire('reports', 'r')
    await ben.client.collections.notes.update('n', { title: 'By Ben' })
    await ben.sync()
    await ada.client.transaction(async ({ collections: { notes, reports } }) => {
      await notes.update('n', { title: 'By Ada' })
      await reports.update('r', { title: 'By Ada' })
    })
    expect(await ada.sync()).toMatchObject({ conflicts: 1, deadLetters: 0 })
    const [conflict] = await ada.client.conflicts.list()

    world.pass(ttl + 1)
    const answer = () => ada.client.conflicts.resolve(conflict?.id ?? '', 'mine')
    expect(await codeOf(answer())).toBe('LEASE_LOST undefined')
    expect(await ada.client.conflicts.list()).toHaveLength(1)
    await ada.leases.acquire('reports', 'r')
    await answer()
    expect(await ada.sync()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    await ben.sync()
    expect(await report(ben)).toMatchObject({ title: 'By Ada' })
    expect(await ben.client.collections.notes.get('n')).toMatchObject({ title: 'By Ada' })
    figure(`${name}: an answer under a lease that was acquired after the question: applied, 0 dead letters`)
  })
})
