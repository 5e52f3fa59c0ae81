import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { readAnswer } from '../harness/recorded.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const strategies = ['tasks', 'latest', 'asked', 'official', 'locked'] as const
type Strategy = (typeof strategies)[number]

/** These look at fields; `locked` looks at the whole record. */
const byField = strategies.filter((name) => name !== 'locked')

interface Writers {
  readonly writer: Device
  readonly stranger: Device
}

/** Both have seen the record `r`; the writer sends one operation at a time. */
const openWriters = async (world: World, name: Strategy): Promise<Writers> => {
  const writer = await world.device('writer', { batch: { operations: 1 } })
  const stranger = await world.device('stranger')
  await writer.client.collections[name].create({ id: 'r', title: 'zero' })
  await writer.settle()
  await stranger.settle()
  writer.connectivity.set(false)
  return { writer, stranger }
}

const editTenTimes = async ({ client }: Device, name: Strategy): Promise<readonly string[]> => {
  const ids: string[] = []
  for (let edit = 1; edit <= 10; edit += 1) {
    ids.push((await client.collections[name].update('r', { title: `mine ${edit}` })).operationId)
  }
  return ids
}

/** The server's word on an operation, as it went over the wire. */
const verdictOf = ({ proxy }: World, operationId: string): string | undefined =>
  proxy.requests
    .filter(({ procedure, answer }) => procedure === 'push' && answer !== undefined)
    .flatMap(({ answer }) => readAnswer(answer).results)
    .find(({ id }) => id === operationId)?.kind

describe.each(databaseNames)('%s', (database) => {
  describe('[P08] a lone writer never conflicts with itself', () => {
    test.each(strategies)('ten offline edits of one field, alone (%s)', async (name) => {
      await using world = await openWorld({ database })
      const { writer } = await openWriters(world, name)
      const ids = await editTenTimes(writer, name)
      writer.connectivity.set(true)
      expect(await writer.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
      expect(ids.map((id) => verdictOf(world, id))).toEqual(ids.map(() => 'applied'))
      expect(await writer.client.collections[name].get('r')).toMatchObject({ title: 'mine 10' })
    })

    test.each(byField)(
      'ten offline edits, while a stranger edits other fields in between (%s)',
      async (name) => {
        await using world = await openWorld({ database })
        const { writer, stranger } = await openWriters(world, name)
        const ids = await editTenTimes(writer, name)
        let between = 0
        world.proxy.decide = ({ procedure, operationIds }) => {
          if (procedure !== 'push' || !ids.includes(operationIds[0] ?? '')) return undefined
          between += 1
          const edit = stranger.client.collections[name].update('r', {
            text: `theirs ${between}`,
            votes: between,
          })
          return {
            kind: 'hold',
            place: 'request',
            until: edit.then(() => stranger.settle()).then(() => undefined),
          }
        }
        writer.connectivity.set(true)
        expect(await writer.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
        await stranger.settle()
        expect(between).toBe(10)
        const merged = { title: 'mine 10', text: 'theirs 10', votes: 10 }
        expect(await writer.client.collections[name].get('r')).toMatchObject(merged)
        expect(await stranger.client.collections[name].get('r')).toMatchObject(merged)
        figure(`${database}: ${name}: ${between} edits of a stranger in between, 0 conflicts`)
      },
    )
  })

  describe('[P05] a stranger’s edit of the same field is never overwritten unseen', () => {
    const moments = [0, 1, 5, 9]
    // Of two edits that are made at once either may be the later one, and of ten some may be earlier and some later.
    const times = (name: Strategy): readonly number[] => (name === 'latest' ? [-30_000, 30_000] : [0])
    const cells = strategies.flatMap((name) =>
      times(name).flatMap((ahead) => moments.map((moment) => [name, moment, ahead] as const)),
    )

    test.each(cells)('%s, after %i of ten edits arrived, made %i ms later', async (...cell) => {
      const [name, moment, ahead] = cell
      await using world = await openWorld({ database })
      const { writer, stranger } = await openWriters(world, name)
      writer.environment.advance(Math.max(0, ahead))
      stranger.environment.advance(Math.max(0, -ahead))
      const ids = await editTenTimes(writer, name)
      const next = ids[moment] ?? ''
      let theirs = ''
      world.proxy.decide = ({ procedure, operationIds }) => {
        if (procedure !== 'push' || operationIds[0] !== next || theirs !== '') return undefined
        theirs = 'pending'
        const edit = async (): Promise<void> => {
          await stranger.settle()
          theirs = (await stranger.client.collections[name].update('r', { title: 'theirs' })).operationId
          await stranger.settle()
        }
        return { kind: 'hold', place: 'request', until: edit() }
      }
      writer.connectivity.set(true)
      const state = await writer.settle()

      expect(await stranger.client.operations.get(theirs)).toMatchObject({ status: 'COMPLETED' })
      const seen = ids.slice(moment).map((id) => verdictOf(world, id))
      expect(seen.filter((kind) => kind !== 'conflict' && kind !== 'merged')).toEqual([])
      const isAsked = seen[0] === 'conflict'
      const { fate } = (await writer.client.operations.get(next)) ?? {}
      const shown = await writer.client.collections[name].get('r')
      await stranger.settle()
      const there = await stranger.client.collections[name].get('r')

      expect(state).toMatchObject({ status: 'synced', conflicts: isAsked ? 1 : 0, deadLetters: 0 })
      expect(there?.title).toBe(isAsked ? 'theirs' : shown?.title)
      const question = { fields: ['title'], theirs: { title: 'theirs' }, mine: { title: 'mine 10' } }
      expect(await writer.client.conflicts.list()).toMatchObject(isAsked ? [question] : [])
      const lost = there?.title === 'theirs' ? ['title'] : []
      expect(fate).toMatchObject(
        isAsked ? { kind: 'conflict', fields: ['title'] } : { kind: 'applied', lost },
      )
    })
  })
})
