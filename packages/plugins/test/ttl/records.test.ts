import { firstValueFrom, skip } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { day, hour, minute, openTtlWorld, second, settle, year, type TtlDevice } from './world.ts'

const cached = async ({ client }: TtlDevice) => (await client.collections.cache.find()).map(({ id }) => id)

/** A device that has a record of the cache, and one that wrote it. */
const withCache = async () => {
  const world = openTtlWorld()
  const author = await world.device('ben')
  const device = await world.device('ada')
  await author.client.collections.cache.create({ id: 'c', text: 'first' })
  await author.sync()
  await device.sync()
  await settle()
  return { world, author, device }
}

describe('[TL12] a record that is over is hidden', () => {
  test('at its time since it was last changed, by the server’s clock, offline too', async () => {
    const { device } = await withCache()
    await device.pass(minute)
    device.online(false)
    device.jump(year)
    await device.pass(day - minute - second)
    expect(await cached(device)).toEqual(['c'])
    const gone = firstValueFrom(device.client.collections.cache.find$().pipe(skip(1)))
    await device.pass(2 * second)
    expect(await gone).toEqual([])
    expect(await device.client.collections.cache.get('c')).toBeUndefined()
    await device.client.close()
  })

  test('after a restart once the server was heard', async () => {
    const { device } = await withCache()
    device.online(false)
    const again = await device.restart(3 * day)
    await again.pass(minute)
    expect(await cached(again)).toEqual(['c'])
    again.online(true)
    await again.sync()
    await settle()
    expect(await cached(again)).toEqual([])
    await again.client.close()
  })

  test('a change of the server shows it again, whole', async () => {
    const { device, author } = await withCache()
    await device.pass(day - hour)
    await author.client.collections.cache.update('c', { text: 'second' })
    await author.sync()
    await device.pass(2 * hour)
    expect(await cached(device)).toEqual([])
    await device.sync()
    await settle()
    expect(await device.client.collections.cache.get('c')).toEqual({ id: 'c', text: 'second' })
    await device.client.close()
  })

  test('made again under its id it is there, here and on the server', async () => {
    const { device, author } = await withCache()
    await device.pass(day)
    await device.pass(minute)
    expect(await cached(device)).toEqual([])
    const made = await device.client.collections.cache.create({ id: 'c', text: 'anew' })
    await device.sync()
    await settle()
    expect(await device.fate(made.operationId)).toBe('applied')
    expect(await device.client.collections.cache.get('c')).toEqual({ id: 'c', text: 'anew' })
    await author.sync()
    expect(await author.client.collections.cache.get('c')).toEqual({ id: 'c', text: 'anew' })
    await device.client.close()
  })

  test('what an operation of this device lies on stays', async () => {
    const { device } = await withCache()
    device.online(false)
    await device.pass(23 * hour)
    await device.client.collections.cache.update('c', { text: 'mine' })
    await device.pass(2 * hour)
    expect(await cached(device)).toEqual(['c'])
    await device.client.close()
  })
})
