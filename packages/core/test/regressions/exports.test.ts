import { collection, defineSchema, type Schema } from '@holdfast/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { localServer } from '../support/transports.ts'
import { openWith, syncOnce } from './open-with.ts'

const counts = defineSchema({
  version: '1.0.0',
  collections: {
    items: collection({
      fields: z.object({ id: z.string(), ean: z.bigint(), at: z.date(), seal: z.instanceof(Uint8Array) }),
    }),
  },
})

test('[CL83] dead letters with big integers, dates and bytes can be exported: what JSON can’t say stays encoded, the rest is readable', async () => {
  const server = localServer({ schema: counts as unknown as Schema, authorize: () => false })
  await using device = await openWith(counts, { transport: server('u-1') })
  const at = new Date('2026-01-02T03:04:05.678Z')
  const seal = new Uint8Array([1, 2, 3])
  await device.client.collections.items.create({ id: 'a', ean: 4_006_381_333_931n, at, seal })
  expect(await syncOnce(device)).toMatchObject({ deadLetters: 1 })
  const told: unknown = JSON.parse(await device.client.deadLetters.export())
  expect(told).toMatchObject({
    letters: [
      {
        payload: {
          id: 'a',
          ean: { $: 'bigint', v: '4006381333931' },
          at: { $: 'date', v: '2026-01-02T03:04:05.678Z' },
          seal: { $: 'bytes', v: 'AQID' },
        },
      },
    ],
  })
})
