import { SyncError } from '@holdfast/core'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { day, hour, minute, openTtlWorld, second, settle, year, type TtlDevice } from './world.ts'

const unreachable = (): SyncError =>
  new SyncError('NETWORK_UNREACHABLE', 'The server can not be reached.', {})

const shown = async ({ client }: TtlDevice, collection: 'drafts' | 'cache' | 'flags' | 'analytics') =>
  (await client.collections[collection].find()).map(({ id }) => id)

describe('[TL2] what was never sent ends in time, while the device is offline', () => {
  test('drafts never, the cache at 24 h, a flag at 1 h', async () => {
    const world = openTtlWorld()
    const device = await world.device()
    await device.sync()
    device.online(false)
    const { drafts, cache, flags } = device.client.collections
    const draft = await drafts.create({ id: 'd' })
    const cached = await cache.create({ id: 'c' })
    const flag = await flags.create({ id: 'f' })
    const fates = () => Promise.all([draft, cached, flag].map(({ operationId }) => device.fate(operationId)))

    await device.pass(hour - 1)
    expect(await fates()).toEqual(['pending', 'pending', 'pending'])
    await device.pass(1)
    expect(await fates()).toEqual(['pending', 'pending', 'expired'])
    expect(await shown(device, 'flags')).toEqual([])
    await device.pass(23 * hour - 1)
    expect(await fates()).toEqual(['pending', 'pending', 'expired'])
    await device.pass(1)
    expect(await fates()).toEqual(['pending', 'expired', 'expired'])
    await device.pass(year)
    expect(await fates()).toEqual(['pending', 'expired', 'expired'])
    expect(await shown(device, 'drafts')).toEqual(['d'])

    const state = await firstValueFrom(device.client.queue$)
    expect(state).toMatchObject({ pending: 1, deadLetters: 0 })
    device.online(true)
    await device.sync()
    expect(await fates()).toEqual(['applied', 'expired', 'expired'])
    await device.client.close()
  })

  test('it is told, with the ids, and can be listed', async () => {
    const device = await openTtlWorld().device('ada', { isOnline: false })
    const told = firstValueFrom(device.client.events$.pipe(filter(({ type }) => type === 'expired')))
    const { operationId } = await device.client.collections.flags.create({ id: 'f' })
    await device.pass(hour)
    expect(await told).toMatchObject({ operations: [operationId], scope: 'team-1' })
    expect(await device.client.operations.list({ status: 'EXPIRED' })).toMatchObject([{ id: operationId }])
    await device.client.close()
  })

  test('a predicate comes before types, and types before the rest', async () => {
    const device = await openTtlWorld().device('ada', { isOnline: false })
    const { mixed } = device.client.collections
    const [kept, temporary] = [
      await mixed.create({ id: 'k', text: 'kept' }),
      await mixed.create({ id: 't', text: 'temporary' }),
    ]
    const deletion = await mixed.delete('k')
    await device.pass(hour)
    expect(await device.fate(temporary.operationId)).toBe('expired')
    await device.pass(hour)
    expect(await device.fate(deletion.operationId)).toBe('expired')
    expect(await device.fate(kept.operationId)).toBe('pending')
    expect(await mixed.get('k')).toMatchObject({ text: 'kept' })
    await device.client.close()
  })

  test('without the plugin nothing ends on the device, and the server refuses it', async () => {
    const device = await openTtlWorld().device('ada', { plugin: false, isOnline: false })
    const { operationId } = await device.client.collections.flags.create({ id: 'f' })
    await device.pass(2 * hour)
    expect(await device.fate(operationId)).toBe('pending')
    device.online(true)
    await device.sync()
    expect(await device.fate(operationId)).toBe('expired')
    expect(await shown(device, 'flags')).toEqual([])
    await device.client.close()
  })
})

describe('[TL4] a clock that jumps', () => {
  test.each([year, -year])(
    'by %d ms while the app runs expires nothing, there or on the server',
    async (ms) => {
      const device = await openTtlWorld().device()
      await device.sync()
      device.online(false)
      const before = await device.client.collections.flags.create({ id: 'before' })
      device.jump(ms)
      const after = await device.client.collections.flags.create({ id: 'after' })
      await device.pass(30 * minute)
      device.online(true)
      await device.sync()
      expect(await device.fate(before.operationId)).toBe('applied')
      expect(await device.fate(after.operationId)).toBe('applied')
      await device.client.close()
    },
  )

  test.each([year, -year])('by %d ms before a person answers does not end the answer', async (ms) => {
    const world = openTtlWorld()
    const [first, second] = [await world.device('first'), await world.device('second')]
    await first.client.collections.disputed.create({ id: 'one' })
    await first.sync()
    await second.sync()
    await first.client.collections.disputed.update('one', { text: 'first' })
    await first.sync()
    await second.client.collections.disputed.update('one', { text: 'second' })
    await second.sync()
    const [conflict] = await second.client.conflicts.list()
    await second.pass(2 * hour)
    second.jump(ms)
    const answer = await second.client.conflicts.resolve(conflict?.id ?? '', 'mine')
    await second.sync()
    expect(await second.fate(answer?.operationId ?? '')).toBe('applied')
    await Promise.all([first, second].map(({ client }) => client.close()))
  })

  test.each([year, -year])('by %d ms while the app is closed expires nothing', async (ms) => {
    let device = await openTtlWorld().device()
    await device.sync()
    device.online(false)
    const flag = await device.client.collections.flags.create({ id: 'before' })
    device.jump(ms)
    device = await device.restart(minute)
    const later = await device.client.collections.flags.create({ id: 'later' })
    await device.pass(30 * minute)
    device.jump(-ms)
    device = await device.restart(minute)
    const last = await device.client.collections.flags.create({ id: 'last' })
    await device.pass(10 * minute)
    device.online(true)
    await device.sync()
    for (const { operationId } of [flag, later, last]) expect(await device.fate(operationId)).toBe('applied')
    await device.client.close()
  })

  test.each([year, -year])('by %d ms while an answer is on its way expires nothing', async (ms) => {
    const device = await openTtlWorld().device()
    await device.sync()
    device.online(false)
    const flag = await device.client.collections.flags.create({ id: 'f' })
    device.transport.once('push', (real) => async (input, options) => {
      const answer = await real(input, options)
      device.jump(ms)
      return answer
    })
    const draft = await device.client.collections.drafts.create({ id: 'd' })
    device.online(true)
    await device.sync()
    expect(await device.fate(flag.operationId)).toBe('applied')
    expect(await device.fate(draft.operationId)).toBe('applied')
    device.online(false)
    const next = await device.client.collections.flags.create({ id: 'next' })
    await device.pass(50 * minute)
    device.online(true)
    await device.sync()
    expect(await device.fate(next.operationId)).toBe('applied')
    await device.client.close()
  })
})

describe('[TL5] what can not be known', () => {
  test('after a restart without a network nothing is known of the time before, and what is too old ends at the next contact, unsent', async () => {
    let device = await openTtlWorld().device()
    await device.sync()
    device.online(false)
    await device.pass(hour)
    const flag = await device.client.collections.flags.create({ id: 'f' })
    device = await device.restart(7 * day)
    await device.pass(50 * minute)
    expect(await device.fate(flag.operationId)).toBe('pending')
    device.online(true)
    await device.sync()
    expect(await device.fate(flag.operationId)).toBe('expired')
    expect(device.transport.calls).not.toContain('push')
    await device.client.close()
  })

  test('what the session itself saw pass counts', async () => {
    let device = await openTtlWorld().device('ada', { isOnline: false })
    const flag = await device.client.collections.flags.create({ id: 'f' })
    device = await device.restart()
    await device.pass(hour - 1)
    expect(await device.fate(flag.operationId)).toBe('pending')
    await device.pass(1)
    expect(await device.fate(flag.operationId)).toBe('expired')
    await device.client.close()
  })

  test('a device that slept asks the server before it sends', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    device.online(false)
    const cached = await device.client.collections.cache.create({ id: 'c' })
    device.sleep(7 * day)
    const fresh = await device.client.collections.cache.create({ id: 'fresh' })
    device.online(true)
    await device.sync()
    expect(await device.fate(cached.operationId)).toBe('expired')
    expect(await device.fate(fresh.operationId)).toBe('applied')
    await device.client.close()
  })
})

describe('[TL6] sent at once or not at all', () => {
  test('written offline it has its fate at once, and is neither queued nor shown', async () => {
    let device = await openTtlWorld().device('ada', { isOnline: false })
    const view = await device.client.collections.analytics.create({ id: 'v' })
    expect(await device.fate(view.operationId)).toBe('expired')
    expect(await firstValueFrom(device.client.queue$)).toMatchObject({ pending: 0, sent: 0 })
    expect(await shown(device, 'analytics')).toEqual([])
    device = await device.restart()
    device.online(true)
    await device.sync()
    expect(device.transport.calls).not.toContain('push')
    await device.client.close()
  })

  test('written while connected it is sent', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    await settle()
    const view = await device.client.collections.analytics.create({ id: 'v' })
    await device.sync()
    expect(await device.fate(view.operationId)).toBe('applied')
    await device.client.close()
  })

  test('what a failed push leaves is not sent later: the server is asked not to apply it', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    await settle()
    device.transport.once('push', () => () => Promise.reject(unreachable()))
    const view = await device.client.collections.analytics.create({ id: 'v' })
    await device.sync()
    await settle()
    await device.pass(minute)
    await device.sync()
    expect(await device.fate(view.operationId)).toBe('cancelled')
    await device.client.close()
  })

  test('what was applied before the answer was lost is applied', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    await settle()
    device.transport.once('push', (real) => async (input, options) => {
      await real(input, options)
      throw unreachable()
    })
    const view = await device.client.collections.analytics.create({ id: 'v' })
    await device.sync()
    await settle()
    await device.pass(minute)
    await device.sync()
    expect(await device.fate(view.operationId)).toBe('applied')
    await device.client.close()
  })
})

describe('[TL7] what builds on an expired creation', () => {
  test('ends with it, and is nobody’s dead letter', async () => {
    const device = await openTtlWorld().device('ada', { isOnline: false })
    const { flags } = device.client.collections
    const made = await flags.create({ id: 'f' })
    await device.pass(50 * minute)
    const changed = await flags.update('f', { text: 'still on' })
    await device.pass(10 * minute)
    expect(await device.client.operations.get(changed.operationId)).toMatchObject({
      status: 'EXPIRED',
      fate: { kind: 'expired', cause: made.operationId },
    })
    expect(await firstValueFrom(device.client.queue$)).toMatchObject({ pending: 0, deadLetters: 0 })
    await device.client.close()
  })

  test('but what builds on a creation that is a dead letter for it is one too: both can be made again', async () => {
    const device = await openTtlWorld().device('ada', { isOnline: false })
    await device.client.collections.flags.create({ id: 'f' })
    await device.pass(50 * minute)
    const made = await device.client.transaction(async ({ collections }) => {
      await collections.flags.update('f', { text: 'still on' })
      return collections.flags.create({ id: 'g' })
    })
    const changed = await device.client.collections.flags.update('g', { text: 'on too' })
    await device.pass(10 * minute)
    expect(await device.client.operations.get(changed.operationId)).toMatchObject({
      status: 'REJECTED',
      fate: { kind: 'rejected', code: 'DEPENDENCY', cause: made.operationId },
    })
    expect(await firstValueFrom(device.client.queue$)).toMatchObject({ pending: 0, deadLetters: 3 })
    await device.client.close()
  })
})

describe('[TL9] a transaction', () => {
  test('lives as long as the longest-lived of its operations', async () => {
    const device = await openTtlWorld().device('ada', { isOnline: false })
    await device.client.transaction(async ({ collections }) => {
      await collections.drafts.create({ id: 'd' })
      await collections.flags.create({ id: 'f' })
    })
    await device.client.transaction(async ({ collections }) => {
      await collections.cache.create({ id: 'c2' })
      await collections.flags.create({ id: 'f2' })
    })
    await device.pass(hour)
    expect(await shown(device, 'flags')).toEqual(['f', 'f2'])
    await device.pass(23 * hour)
    expect(await shown(device, 'flags')).toEqual(['f'])
    device.online(true)
    await device.sync()
    const kinds = (await device.client.operations.list()).map(({ fate }) => fate.kind)
    expect(kinds).toEqual(['applied', 'applied', 'expired', 'expired'])
    await device.client.close()
  })
})

describe('[TL3] in flight', () => {
  test('what was sent is the server’s: applied once, however late the answer', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    device.transport.once('push', (real) => async (input, options) => {
      const answer = await real(input, options)
      await device.pass(10 * second)
      return answer
    })
    const brief = await device.client.collections.brief.create({ id: 'b' })
    await device.sync()
    expect(await device.fate(brief.operationId)).toBe('applied')
    await device.client.close()
  })

  test('what never arrived is refused when it comes too late, and is not applied', async () => {
    const device = await openTtlWorld().device()
    await device.sync()
    device.transport.once('push', () => () => Promise.reject(unreachable()))
    const brief = await device.client.collections.brief.create({ id: 'b' })
    await device.sync()
    await device.pass(minute)
    await device.sync()
    expect(await device.fate(brief.operationId)).toBe('expired')
    expect(await device.client.collections.brief.find()).toEqual([])
    await device.client.close()
  })
})
