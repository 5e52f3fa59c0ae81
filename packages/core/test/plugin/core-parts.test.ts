import { describe, expect, test } from 'vitest'
import { definePlugin, type Plugin, type PluginClient, type PluginContext } from '@holdfast/core'
import { archivePart, compactionPart, expiryPart, migrationPart } from '@holdfast/core/parts'
import { openClient, type TestClient } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { scope } from '../support/transports.ts'

const hooksThatNeed = [
  ['compactQueue', compactionPart],
  ['expireQueue', expiryPart],
  ['migrateRecord', migrationPart],
  ['migrateOperation', migrationPart],
] as const

const callsThatNeed = [
  ['compact', compactionPart, (client: PluginClient) => client.compact({ scope, trigger: 'threshold' })],
  ['expire', expiryPart, (client: PluginClient) => client.expire()],
  ['archive', archivePart, (client: PluginClient) => client.archive.size()],
  ['archive', archivePart, (client: PluginClient) => client.archive.clean({ keep: 0, ...unlimited })],
] as const

const unlimited = { olderThan: Infinity, grace: 0, except: [] }

const hookedTo = (name: string): Plugin => ({ name: 'hooked', hooks: { [name]: (value: unknown) => value } })

/** A client with these plugins, and what plugins have of it. */
const openWith = async (
  ...plugins: readonly Plugin[]
): Promise<TestClient & { readonly reached: PluginClient }> => {
  let context: PluginContext | undefined
  const reaching = definePlugin({
    name: 'reaching',
    setup(given) {
      context = given
    },
  })
  const device = await openClient({ plugins: [...plugins, reaching] })
  if (context === undefined) throw new Error('setup was not called')
  return { ...device, reached: context.client() }
}

describe('[PG5] a hook whose part nobody brings is refused when the client starts', () => {
  test.each(hooksThatNeed)('%s', async (hook, part) => {
    const error = await failure(openClient({ plugins: [hookedTo(hook)] }), 'MISCONFIGURED')
    expect(error.message).toContain(`"hooked" needs`)
    expect(error.message).toContain(`parts: [${part.kind}Part]`)
    expect(error.details).toEqual({ option: 'plugins' })
  })

  test.each(hooksThatNeed)('%s: what any plugin brings is there for all', async (hook, part) => {
    await using device = await openClient({
      plugins: [hookedTo(hook), { name: 'bringing', parts: [part] }, { name: 'as well', parts: [part] }],
    })
    expect(device.client.state.status).toBe('stopped')
  })

  test.each(hooksThatNeed)('%s: one that is undefined is none', async (hook) => {
    const plugin: Plugin = { name: 'undecided', hooks: { [hook]: undefined } }
    await using device = await openClient({ plugins: [plugin] })
    expect(device.client.state.status).toBe('stopped')
  })
})

describe('[PG6] a call whose part nobody brings is refused, and says what to write', () => {
  test.each(callsThatNeed)('%s', async (_, part, call) => {
    await using device = await openWith()
    const error = await failure(call(device.reached), 'MISCONFIGURED')
    expect(error.message).toContain(`parts: [${part.kind}Part]`)
    expect(error.message).toContain('"@holdfast/core/parts"')
  })

  test.each(callsThatNeed)('%s: with the part it does what it says', async (_, part, call) => {
    await using device = await openWith({ name: 'bringing', parts: [part] })
    // Nothing was due, nothing is left.
    expect((await call(device.reached)) ?? 0).toBe(0)
  })
})
