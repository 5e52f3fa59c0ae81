import { expect, test } from 'vitest'
import { tellStory } from '../src/forms.ts'

test('[R19] forms: different fields merge, the same field is asked about, an edit outlives a deletion', async () => {
  const said: string[] = []
  const { shown, asked, questions, deletion } = await tellStory((line) => said.push(line))
  const oslo = { street: 'Long Street 1', city: 'Oslo' }
  const bergen = { street: 'Short Street 2', city: 'Bergen' }
  expect(asked).toMatchObject({
    recordId: 'ekdahl',
    fields: ['address'],
    mine: { phone: '2002', email: 'ekdahl@example.org', address: bergen },
    theirs: { phone: '2002', email: 'ekdahl@example.org', address: oslo },
    updatedBy: 'ada',
  })
  expect(deletion).toMatchObject({ kind: 'applied', lost: ['$deleted'] })
  const everywhere = [
    { id: 'ekdahl', name: 'Ekdahl', phone: '2002', email: 'ekdahl@example.org', address: oslo },
    { id: 'fors', name: 'Fors', phone: '', email: 'fors@example.org' },
  ]
  expect(shown).toEqual([everywhere, everywhere, everywhere])
  expect(questions).toBe(0)
  expect(said).toContain('  Bergen or Oslo?')
})
