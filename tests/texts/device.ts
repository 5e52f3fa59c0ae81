import { createSyncClient, type SyncClient, type SyncState } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { SeededRandom } from '@holdfast/core/testing'
import { trpcTransport } from '@holdfast/core/trpc'
import { deleteText, insertText, openText, type OpenText } from '@holdfast/plugins/text'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { scope } from '../harness/server.ts'
import { textSchema, type TextCollections } from './schema.ts'

export interface TextDeviceOptions {
  readonly name: string
  readonly storage: StorageAdapter
  readonly url: string
  readonly random: SeededRandom
}

export interface TextDevice {
  readonly client: SyncClient<TextCollections>
  /** So many edits at random places of a note, however an app may make them. */
  readonly edit: (note: string, count: number) => Promise<void>
  readonly sync: () => Promise<SyncState>
  /** The texts that editors hold open, by note. */
  readonly shown: () => ReadonlyMap<string, string>
  readonly close: () => Promise<void>
}

const letters = ['a', 'b', 'c', ' ', '\n', 'é', '😀', 'word ', 'a longer one, '] as const

interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

const someEdit = (random: SeededRandom, length: number): Edit => {
  const at = random.between(0, length)
  const remove = random.chance(0.3) ? Math.min(random.between(1, 5), length - at) : 0
  return { at, remove, insert: remove > 0 ? '' : random.pick(letters) }
}

export const openTextDevice = async (options: TextDeviceOptions): Promise<TextDevice> => {
  const { name, storage, url, random } = options
  const environment: ManualEnvironment = manualEnvironment()
  const client = await createSyncClient({
    schema: textSchema,
    user: name,
    storage,
    transport: trpcTransport({
      url: `${url}/trpc`,
      headers: () => ({ authorization: `Bearer token of ${name}` }),
      transformer: 'none',
      environment,
    }),
    scopes: [scope],
    autoStart: false,
    environment,
  })
  const { notes } = client.collections
  const editors = new Map<string, OpenText>()

  const editorOf = async (note: string): Promise<OpenText> => {
    const editor = editors.get(note) ?? (await openText(notes, note, 'body', { environment }))
    editors.set(note, editor)
    return editor
  }

  /** As an editor does it: letter by letter into its document, and now and then that is written. */
  const typeIn = async (note: string, count: number): Promise<void> => {
    const editor = await editorOf(note)
    for (let index = 0; index < count; index += 1) {
      const { at, remove, insert } = someEdit(random, editor.text.length)
      const before = editor.text.toJSON()
      // Editors do not put the caret into the middle of a character.
      const from = before.slice(0, at).isWellFormed() ? at : at - 1
      const end = before.slice(0, at + remove).isWellFormed() ? at + remove : at + remove + 1
      if (remove > 0) editor.text.delete(from, end - from)
      else editor.text.insert(from, insert)
    }
    await editor.flush()
  }

  /** As a form does it: the whole text is set. */
  const setWhole = async (note: string, count: number): Promise<void> => {
    let body = (await notes.get(note))?.body ?? ''
    for (let index = 0; index < count; index += 1) {
      const { at, remove, insert } = someEdit(random, body.length)
      const next = body.slice(0, at) + insert + body.slice(at + remove)
      body = next.isWellFormed() ? next : body
    }
    await notes.update(note, { body })
  }

  /** As a program does it: one change after the other. */
  const changeOnce = async (note: string): Promise<void> => {
    const length = (await notes.get(note))?.body.length ?? 0
    const { at, remove, insert } = someEdit(random, length)
    await notes.update(note, { body: remove > 0 ? deleteText(at, remove) : insertText(at, insert) })
  }

  const settled = async (): Promise<SyncState> => {
    for (;;) {
      client.start()
      const state = await client.syncNow()
      if (state.status === 'synced' || state.status === 'blocked') return state
      if (state.status === 'waiting') environment.advance(state.retryAt - environment.clock.now())
    }
  }

  return {
    client,
    async edit(note, count) {
      const way = random.weighted({ type: 6, set: 3, change: 1 })
      if (way === 'type') await typeIn(note, count)
      else if (way === 'set') await setWhole(note, count)
      else for (let index = 0; index < count; index += 1) await changeOnce(note)
    },
    async sync() {
      const state = await settled()
      client.pause()
      return state
    },
    shown: () => new Map([...editors].map(([note, { text }]) => [note, text.toJSON()])),
    async close() {
      for (const editor of editors.values()) await editor.close()
      await client.close()
    },
  }
}
