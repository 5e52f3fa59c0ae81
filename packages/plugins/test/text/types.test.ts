import { increment, type CollectionClient } from '@holdfast/core'
import { insertText } from '@holdfast/plugins/text'
import { expectTypeOf, test } from 'vitest'
import type { NoteCollections } from '../support/text-devices.ts'

type Notes = CollectionClient<NoteCollections['notes']>
type Body = Parameters<Notes['update']>[1]['body']

test('a text takes strings and its own changes, and is a string', () => {
  expectTypeOf<Awaited<ReturnType<Notes['get']>>>().toEqualTypeOf<
    { id: string; title: string; body: string } | undefined
  >()
  expectTypeOf(insertText(0, 'x')).toExtend<Body>()
  expectTypeOf<string>().toExtend<Body>()
  expectTypeOf<number>().not.toExtend<Body>()
  expectTypeOf(increment(1)).not.toExtend<Body>()
})
