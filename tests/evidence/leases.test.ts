import { hasCode } from '@holdfast/core'
import { leaseId } from '@holdfast/plugins/single-writer'
import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { scope } from '../harness/server.ts'
import { openLeaseWorld, ttl, type LeaseDevice } from '../leases/lease-world.ts'

const codeOf = async (promise: Promise<unknown>): Promise<{ code: string; holder?: string | undefined }> => {
  try {
    await promise
  } catch (error) {
    if (hasCode(error, 'LEASE_LOST')) return { code: error.code, holder: error.details.holder }
    return { code: String((error as { readonly code?: unknown }).code) }
  }
  return { code: 'none' }
}

const report = async ({ client }: LeaseDevice) => client.collections.reports.get('r')
const lettersOf = async ({ client }: LeaseDevice) =>
  (await client.deadLetters.list()).map(({ type, fate }) => [type, fate])

/** A report that all of them have. */
const publish = async ([author, ...others]: readonly LeaseDevice[]): Promise<void> => {
  await author?.client.collections.reports.create({ id: 'r', title: 'Report', text: '' })
  await author?.sync()
  for (const other of others) await other.sync()
}

describe.each(databaseNames)('%s', (name) => {
  test('[SW1] [SW2] one edits, the others read and are told who: at the write, and by the state', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    expect(await codeOf(ada.client.collections.reports.update('r', { title: 'Too soon' }))).toEqual({
      code: 'LEASE_LOST',
    })

    const held = await ada.leases.acquire('reports', 'r')
    expect(held).toMatchObject({ kind: 'held', fence: 1 })
    await ada.client.collections.reports.update('r', { title: 'By Ada' })
    await ada.client.collections.reports.run.append('r', { words: 'written' })
    await ada.sync()
    await ben.sync()

    expect(await ben.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })
    const refused = { code: 'LEASE_LOST', holder: 'ada' }
    expect(await codeOf(ben.client.collections.reports.update('r', { title: 'By Ben' }))).toEqual(refused)
    expect(await codeOf(ben.client.collections.reports.delete('r'))).toEqual(refused)
    expect(await codeOf(ben.leases.acquire('reports', 'r'))).toEqual(refused)
    expect(await report(ben)).toMatchObject({ title: 'By Ada', text: 'written' })
    // What is not guarded is everybody's.
    await ben.client.collections.notes.create({ id: 'n', title: 'Free' })
    expect(await ben.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
  })

  test('[SW3] [SW4] the holder is away past the end of the lease, another writes: told, kept, nothing overwritten', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    await ada.leases.acquire('reports', 'r')
    ada.connectivity.set(false)
    await ada.client.collections.reports.update('r', { title: 'By Ada, away' })

    world.pass(ttl + 1)
    expect(await ada.leases.state('reports', 'r')).toEqual({ kind: 'free' })
    const held = await ben.leases.acquire('reports', 'r')
    expect(held.fence).toBe(2)
    await ben.client.collections.reports.update('r', { title: 'By Ben' })
    await ben.sync()

    ada.connectivity.set(true)
    const state = await ada.sync()
    expect(state).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 1 })
    expect(await report(ada)).toMatchObject({ title: 'By Ben' })
    const [letter] = await ada.client.deadLetters.list()
    expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'LEASE_LOST', holder: 'ben' })

    // What Ada wrote is kept: it is made again under a lease of its own.
    expect(await codeOf(ada.client.deadLetters.retry(letter?.id ?? ''))).toEqual({
      code: 'LEASE_LOST',
      holder: 'ben',
    })
    await ben.leases.release('reports', 'r')
    await ben.sync()
    await ada.sync()
    expect((await ada.leases.acquire('reports', 'r')).fence).toBe(3)
    await ada.client.deadLetters.retry(letter?.id ?? '')
    await ada.sync()
    await ben.sync()
    expect(await report(ben)).toMatchObject({ title: 'By Ada, away' })
    figure(
      `${name}: the holder that returned after ${ttl / 1000} s was told LEASE_LOST and who holds it, 0 values overwritten, his work kept`,
    )
  })

  test('[SW5] an old fencing number is refused, also where its user holds the lease again', async () => {
    await using world = await openLeaseWorld(name)
    const [phone, desk] = [
      await world.device('ada', { file: 'phone' }),
      await world.device('ada', { file: 'desk' }),
    ]
    await publish([phone, desk])
    await phone.leases.acquire('reports', 'r')
    phone.connectivity.set(false)
    await phone.client.collections.reports.run.append('r', { words: 'old number' })

    world.pass(ttl + 1)
    expect((await desk.leases.acquire('reports', 'r')).fence).toBe(2)
    await desk.client.collections.reports.update('r', { text: 'new number' })
    await desk.sync()

    phone.connectivity.set(true)
    await phone.sync()
    expect(await lettersOf(phone)).toMatchObject([['append', { code: 'LEASE_LOST', holder: 'ada' }]])
    expect(await report(phone)).toMatchObject({ text: 'new number' })
    expect(await phone.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })
    figure(`${name}: number 1 refused while its user held number 2`)
  })

  test('[SW6] renewed in time it goes on; renewed too late it is lost; released it is free at once', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    const first = await ada.leases.acquire('reports', 'r')
    world.pass(ttl - 5_000)
    const second = await ada.leases.renew('reports', 'r')
    expect(second.fence).toBe(first.fence)
    expect(second.until).toBeGreaterThan(first.until + ttl / 2)
    world.pass(ttl - 5_000)
    await ada.client.collections.reports.update('r', { title: 'Still Ada' })
    expect(await ada.sync()).toMatchObject({ deadLetters: 0 })

    await ada.leases.release('reports', 'r')
    await ada.sync()
    await ben.sync()
    expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ fence: 2 })
    expect(await codeOf(ada.leases.renew('reports', 'r'))).toMatchObject({ code: 'LEASE_LOST' })
    world.pass(ttl + 1)
    expect(await codeOf(ben.leases.renew('reports', 'r'))).toEqual({ code: 'LEASE_LOST' })
  })

  test('[SW7] asked for without a network: writes go on, and are dead letters where somebody else was first', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    for (const device of [ada, ben]) {
      device.connectivity.set(false)
      await device.leases.ask('reports', 'r')
      expect(await device.leases.state('reports', 'r')).toMatchObject({ kind: 'asked', fence: 1 })
      await device.client.collections.reports.run.append('r', { words: '!' })
    }
    // A record of its own, made on the way.
    await ben.client.collections.reports.create({ id: 'own', title: 'Own' })
    await ben.leases.ask('reports', 'own')
    await ben.client.collections.reports.update('own', { text: 'first words' })

    ada.connectivity.set(true)
    await ada.sync()
    expect(await ada.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
    ben.connectivity.set(true)
    await ben.sync()
    await ben.sync()
    expect(await lettersOf(ben)).toMatchObject([['append', { code: 'LEASE_LOST', holder: 'ada' }]])
    expect(await report(ben)).toMatchObject({ text: '!' })
    expect(await ben.client.collections.reports.get('own')).toMatchObject({ text: 'first words' })
    expect(await ben.leases.state('reports', 'own')).toMatchObject({ kind: 'held' })
  })

  test('[SW5] [SW7] two devices of one user ask at once: the number alone would let both in', async () => {
    await using world = await openLeaseWorld(name)
    const [phone, desk] = [
      await world.device('ada', { file: 'phone' }),
      await world.device('ada', { file: 'desk' }),
    ]
    await publish([phone, desk])
    for (const device of [phone, desk]) {
      device.connectivity.set(false)
      await device.leases.ask('reports', 'r')
    }
    await phone.client.collections.reports.update('r', { text: 'by phone' })
    await desk.client.collections.reports.update('r', { text: 'by desk' })
    for (const device of [phone, desk, phone]) {
      device.connectivity.set(true)
      await device.sync()
    }
    expect(await lettersOf(phone)).toEqual([])
    expect(await lettersOf(desk)).toMatchObject([['update', { code: 'LEASE_LOST', holder: 'ada' }]])
    expect(await report(desk)).toMatchObject({ text: 'by phone' })
  })

  test('[SW8] without an answer a request is taken back, and nothing is left of it', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    ada.connectivity.set(false)
    expect(await codeOf(ada.leases.acquire('reports', 'r', { timeoutMs: 20 }))).toEqual({
      code: 'NETWORK_UNREACHABLE',
    })
    expect(await ada.leases.state('reports', 'r')).toEqual({ kind: 'free' })
    ada.connectivity.set(true)
    expect(await ada.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
    expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ fence: 1 })
  })

  test('[SW9] a lease survives a restart of its holder, and a clock that is a year off', async () => {
    await using world = await openLeaseWorld(name)
    const year = 365 * 86_400_000
    const [ada, ben] = [
      await world.device('ada', { clock: -year }),
      await world.device('ben', { clock: year }),
    ]
    await publish([ada, ben])
    await ada.leases.acquire('reports', 'r')
    const again = await ada.restart()
    expect(await again.leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
    await again.client.collections.reports.update('r', { title: 'After the start' })
    expect(await again.sync()).toMatchObject({ deadLetters: 0 })
    await ben.sync()
    expect(await ben.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })
    world.pass(ttl + 1)
    expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ fence: 2 })
  })

  test('[SW10] nobody makes himself the holder: leases are changed by their operations alone', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    const { fence } = await ada.leases.acquire('reports', 'r')
    await ben.sync()
    const { reportLeases } = ben.client.collections
    await reportLeases.update(leaseId(scope, 'r'), { holder: 'ben', fence: fence + 1 })
    await reportLeases.delete(leaseId(scope, 'r'))
    const own = { id: leaseId(scope, 'other'), scope, record: 'other' }
    const forged = { ...own, holder: 'ben', device: 'x', fence: 9, until: 9e15, grant: 'x' }
    await reportLeases.create(forged)
    const verdicts: string[] = []
    ben.client.events$.subscribe((event) => {
      if (event.type === 'decided') verdicts.push(...event.verdicts.map(({ code = 'applied' }) => code))
    })
    await ben.sync()
    expect(verdicts).toEqual(['FORBIDDEN_OR_MISSING', 'FORBIDDEN_OR_MISSING', 'FORBIDDEN_OR_MISSING'])
    expect(await ben.leases.state('reports', 'r')).toMatchObject({ kind: 'taken', holder: 'ada' })
    expect(await ben.client.collections.reportLeases.get(own.id)).toBeUndefined()
  })

  test('[SW11] of a transaction all is applied or none: one record whose lease is gone keeps back the rest', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    await ada.leases.acquire('reports', 'r')
    ada.connectivity.set(false)
    await ada.client.transaction(async ({ collections }) => {
      await collections.notes.create({ id: 'n', title: 'Beside' })
      await collections.reports.update('r', { title: 'By Ada' })
    })
    world.pass(ttl + 1)
    ada.connectivity.set(true)
    expect(await ada.sync()).toMatchObject({ deadLetters: 2 })
    await ben.sync()
    expect(await ben.client.collections.notes.get('n')).toBeUndefined()
    expect(await report(ben)).toMatchObject({ title: 'Report' })
  })

  test('[SW2] the state is told as it changes', async () => {
    await using world = await openLeaseWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await publish([ada, ben])
    const seen: string[] = []
    const watching = ben.leases.state$('reports', 'r').subscribe(({ kind }) => seen.push(kind))
    expect(await firstValueFrom(ben.leases.state$('reports', 'r'))).toEqual({ kind: 'free' })
    await ada.leases.acquire('reports', 'r')
    await ben.sync()
    await expect.poll(() => seen).toEqual(['free', 'taken'])
    await ada.leases.release('reports', 'r')
    await ada.sync()
    await ben.sync()
    await expect.poll(() => seen).toEqual(['free', 'taken', 'free'])
    watching.unsubscribe()
  })
})
