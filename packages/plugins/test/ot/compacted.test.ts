import { collection, createSyncClient, defineSchema, type Plugin, type SyncClient } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { compaction } from '@holdfast/plugins/compaction'
import { jsonEdit, otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { deleteText, insertText, text } from '@holdfast/plugins/text'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        transformed: otText(),
        merged: text(),
        board: otJson(z.record(z.string(), z.number())),
      }),
    }),
  },
})

type Client = SyncClient<(typeof schema)['collections'], readonly Plugin[]>

const sync = async (client: Client): Promise<void> => {
  client.start()
  const state = await client.syncNow()
  if (state.status === 'blocked') throw state.error
  expect(state).toMatchObject({ status: 'synced', deadLetters: 0 })
  client.pause()
}

/** No letter is ever typed twice. */
const letterOf = (count: number): string => String.fromCodePoint(0x4e_00 + count)

interface Told {
  readonly typed: Set<string>
  readonly deleted: Set<string>
}

interface Step {
  readonly client: Client
  readonly random: SeededRandom
  readonly letter: string
  readonly told: Told
}

/** The same edit of both texts, which may differ in the order of what was typed in one place. */
const edit = async ({ client, random, letter, told }: Step): Promise<void> => {
  const { notes } = client.collections
  const note = await notes.get('r')
  if (note === undefined) throw new Error('There is no note.')
  const at = random.between(0, note.transformed.length)
  const gone = note.transformed.charAt(at)
  if (gone !== '' && random.chance(0.3)) {
    told.deleted.add(gone)
    const skip = at === 0 ? [] : [at]
    const place = note.merged.indexOf(gone)
    await notes.update('r', {
      transformed: textEdit([...skip, { d: 1 }]),
      ...(place < 0 ? {} : { merged: deleteText(place, 1) }),
    })
    return
  }
  told.typed.add(letter)
  const transformed = note.transformed.slice(0, at) + letter + note.transformed.slice(at)
  await notes.update('r', { transformed, merged: insertText(at, letter) })
}

const lettersIn = (shown: string): ReadonlySet<string> => new Set(Array.from(shown))

test('[OT07] what is folded before it is sent comes to the same: no letter is lost, none comes back, nothing is counted twice', async () => {
  let folded = 0
  for (let seed = 0; seed < 40; seed += 1) {
    const random = createSeededRandom(`compacted ${seed}`)
    const server = localServer({ schema })
    const open = (user: string, plugins: readonly Plugin[]): Promise<Client> =>
      createSyncClient({
        schema,
        user,
        storage: memoryStorage(),
        transport: server(user),
        scopes: [scope],
        autoStart: false,
        environment: manualEnvironment(),
        plugins,
      })
    const clients = [await open('mine', [compaction()]), await open('theirs', [])] as const
    const [mine, theirs] = clients
    mine.events$.subscribe((event) => {
      if (event.type === 'compacted') folded += event.folded
    })
    await mine.collections.notes.create({ id: 'r', board: { mine: 0, theirs: 0 } })
    for (const client of clients) await sync(client)
    const told: Told = { typed: new Set(), deleted: new Set() }
    const counted = { mine: 0, theirs: 0 }
    for (let step = 0; step < 40; step += 1) {
      const client = random.chance(0.7) ? mine : theirs
      const name = client === mine ? 'mine' : 'theirs'
      const what = random.weighted({ edit: 10, count: 4, title: 1, sync: 1 })
      if (what === 'sync') await sync(client)
      if (what === 'title') await client.collections.notes.update('r', { title: `${name} ${step}` })
      if (what === 'edit') await edit({ client, random, letter: letterOf(step), told })
      if (what === 'count') {
        counted[name] += 1
        await client.collections.notes.update('r', { board: jsonEdit([name, { ena: 1 }]) })
      }
    }
    for (const client of [...clients, ...clients]) await sync(client)
    const expected = new Set([...told.typed].filter((letter) => !told.deleted.has(letter)))
    const [shown, other] = [await mine.collections.notes.get('r'), await theirs.collections.notes.get('r')]
    expect({ seed, note: other }).toEqual({ seed, note: shown })
    expect({ seed, letters: lettersIn(shown?.transformed ?? '') }).toEqual({ seed, letters: expected })
    expect({ seed, letters: lettersIn(shown?.merged ?? '') }).toEqual({ seed, letters: expected })
    expect({ seed, board: shown?.board }).toEqual({ seed, board: counted })
    for (const client of clients) await client.close()
  }
  expect(folded).toBeGreaterThan(200)
})
