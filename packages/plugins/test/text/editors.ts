import { openText, type OpenText } from '@holdfast/plugins/text'
import { expect, vi } from 'vitest'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import type { NoteClient } from '../support/text-devices.ts'

export const bodyOf = async ({ collections }: NoteClient): Promise<string | undefined> =>
  (await collections.notes.get('n'))?.body

export const openEditor = async (
  { collections }: NoteClient,
  environment = manualEnvironment(),
): Promise<OpenText> => openText(collections.notes, 'n', 'body', { environment })

/** What a sync brought reaches an editor by and by. */
export const shows = async ({ text }: OpenText, expected: string | undefined): Promise<void> =>
  vi.waitFor(() => expect(text.toJSON()).toBe(expected))
