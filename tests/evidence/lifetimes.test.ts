import { SyncError } from '@holdfast/core'
import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { day, hour, minute, openLivingWorld, settle, year, type LivingDevice } from '../lifetimes/world.ts'

const fatesOf = (device: LivingDevice, made: readonly { readonly operationId: string }[]) =>
  Promise.all(made.map(({ operationId }) => device.fate(operationId)))

const unreachable = (): SyncError =>
  new SyncError('NETWORK_UNREACHABLE', 'The server can not be reached.', {})

const queueOf = ({ client }: LivingDevice) => firstValueFrom(client.queue$)

/** How the network behaves while an operation of two seconds is on its way. */
const troubles = ['none', 'request lost', 'answer lost', 'slow answer'] as const

describe.each(databaseNames)('%s', (name) => {
  test('[TL2] [TL6] [TL8] drafts live, the cache goes at 24 h, a flag at 1 h, analytics are never queued, the server refuses', async () => {
    await using world = await openLivingWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben', { plugin: false })]
    for (const device of [ada, ben]) {
      await device.sync()
      device.online(false)
    }
    await settle()
    const { drafts, cache, flags, analytics } = ada.client.collections
    const made = [
      await drafts.create({ id: 'draft' }),
      await cache.create({ id: 'cached' }),
      await flags.create({ id: 'flag' }),
    ]
    const views = [await analytics.create({ id: 'view-1' }), await analytics.create({ id: 'view-2' })]
    expect(await queueOf(ada)).toMatchObject({ pending: 3 })
    expect(await fatesOf(ada, views)).toEqual(['expired', 'expired'])
    const late = await ben.client.collections.flags.create({ id: 'late' })

    await world.pass(hour - 1)
    expect(await fatesOf(ada, made)).toEqual(['pending', 'pending', 'pending'])
    await world.pass(1)
    expect(await fatesOf(ada, made)).toEqual(['pending', 'pending', 'expired'])
    await world.pass(day - hour - 1)
    expect(await fatesOf(ada, made)).toEqual(['pending', 'pending', 'expired'])
    await world.pass(1)
    expect(await fatesOf(ada, made)).toEqual(['pending', 'expired', 'expired'])
    await world.pass(year)
    expect(await fatesOf(ada, made)).toEqual(['pending', 'expired', 'expired'])

    ada.online(true)
    ben.online(true)
    await ada.sync()
    await ben.sync()
    expect(await fatesOf(ada, made)).toEqual(['applied', 'expired', 'expired'])
    expect(await ben.fate(late.operationId)).toBe('expired')
    expect(await world.rows('drafts')).toEqual(['draft'])
    for (const other of ['cache', 'flags', 'analytics'] as const) expect(await world.rows(other)).toEqual([])
    expect(await queueOf(ben)).toMatchObject({ pending: 0, sent: 0, deadLetters: 0 })
    figure(
      `${name}: a draft was applied after a year; a cache operation ended at 24 h and a flag at 1 h to the millisecond; 0 of ${views.length} analytics queued; the server refused the expired operation of a device without the plugin`,
    )
  })

  test('[TL4] clocks that jump by a year, both ways, at any step: nothing expires wrongly', async () => {
    await using world = await openLivingWorld(name)
    let wrong = 0
    let written = 0
    for (const ms of [year, -year]) {
      for (const step of ['before', 'between', 'closed', 'after', 'there and back', 'in flight'] as const) {
        let device = await world.device(`device-${ms > 0 ? 'f' : 'b'}-${step.replaceAll(' ', '')}`)
        await device.sync()
        device.online(false)
        const { flags, drafts } = device.client.collections
        if (step === 'before' || step === 'there and back') device.jump(ms)
        const id = `${ms}-${step}`.replaceAll(' ', '_')
        const made = [await flags.create({ id: `${id}-1` }), await drafts.create({ id: `${id}-1` })]
        if (step === 'between' || step === 'closed') device.jump(ms)
        if (step === 'closed') device = await device.restart(minute)
        made.push(await device.client.collections.flags.create({ id: `${id}-2` }))
        made.push(await device.client.collections.cache.create({ id: `${id}-2` }))
        if (step === 'there and back') device.jump(-ms)
        await world.pass(30 * minute)
        if (step === 'after') device.jump(ms)
        if (step === 'in flight') {
          device.transport.once('pull', (real) => async (input, options) => {
            const answer = await real(input, options)
            device.jump(ms)
            return answer
          })
        }
        device.online(true)
        await device.sync()
        await device.sync()
        const fates = await fatesOf(device, made)
        written += fates.length
        wrong += fates.filter((fate) => fate !== 'applied').length
      }
    }
    expect(wrong).toBe(0)
    figure(
      `${name}: ${written} operations of up to 31 minutes through 12 jumps of a year, ${wrong} expired wrongly`,
    )
  })

  test('[TL12] [TL13] records of a cache go at 24 h, on devices and on the server', async () => {
    await using world = await openLivingWorld(name)
    const [ada, ben] = [await world.device('ada'), await world.device('ben', { plugin: false })]
    for (const id of ['c1', 'c2', 'c3', 'c4', 'c5']) await ada.client.collections.cache.create({ id })
    await ada.client.collections.drafts.create({ id: 'd' })
    await ada.sync()
    await world.pass(hour)
    await ada.client.collections.cache.update('c3', { text: 'changed' })
    await ada.sync()
    await ben.sync()
    const shown = async ({ client }: LivingDevice) =>
      (await client.collections.cache.find()).map(({ id }) => id).toSorted()

    await world.pass(day - hour - 1)
    expect(await world.expireRecords()).toEqual({ scopes: 1, records: 0 })
    await world.pass(1)
    expect(await shown(ada)).toEqual(['c3'])
    expect(await shown(ben)).toHaveLength(5)
    expect(await world.expireRecords()).toEqual({ scopes: 1, records: 4 })
    await ben.sync()
    expect(await shown(ben)).toEqual(['c3'])
    await world.pass(hour)
    expect(await world.expireRecords()).toEqual({ scopes: 1, records: 1 })
    await ada.sync()
    await ben.sync()
    expect([await shown(ada), await shown(ben)]).toEqual([[], []])
    expect(await world.rows('cache')).toEqual([])
    expect(await world.rows('drafts')).toEqual(['d'])
    figure(
      `${name}: 5 records of a cache gone at 24 h since their last change, on both devices and the server`,
    )
  })

  test('[TL3] two seconds, and an operation in flight: never both expired and applied', async () => {
    await using world = await openLivingWorld(name)
    const device = await world.device('ada')
    await device.sync()
    const made: { readonly recordId: string; readonly operationId: string }[] = []
    const seen = new Map<string, number>()
    for (let round = 0; round < 60; round += 1) {
      const trouble = troubles[round % troubles.length] ?? 'none'
      const passing = [0, 1_000, 1_999, 2_000, 5_000][round % 5] ?? 0
      device.online(false)
      await settle()
      made.push(await device.client.collections.brief.create({ id: `b${round}` }))
      await world.pass(passing)
      if (trouble === 'request lost')
        device.transport.once('push', () => async () => {
          await world.pass(passing)
          throw unreachable()
        })
      else if (trouble === 'answer lost')
        device.transport.once('push', (real) => async (input, options) => {
          await real(input, options)
          await world.pass(passing)
          throw unreachable()
        })
      else if (trouble === 'slow answer')
        device.transport.once('push', (real) => async (input, options) => {
          const answer = await real(input, options)
          await world.pass(passing)
          return answer
        })
      device.online(true)
      await device.sync()
      await world.pass(3_000)
      await device.sync()
      await device.sync()
    }
    await world.pass(minute)
    await device.sync()
    const rows = new Set(await world.rows('brief'))
    let both = 0
    for (const { operationId, recordId } of made) {
      const fate = await device.fate(operationId)
      seen.set(fate, (seen.get(fate) ?? 0) + 1)
      if ((fate === 'applied') !== rows.has(recordId)) both += 1
    }
    expect([...seen.keys()].toSorted()).toEqual(['applied', 'expired'])
    expect(both).toBe(0)
    figure(
      `${name}: ${made.length} operations of 2 s in flight, ${seen.get('applied')} applied, ${seen.get('expired')} expired, ${both} both or neither`,
    )
  })
})
