import { expect, test } from 'vitest'
import { tellStory } from '../src/banking.ts'

test('[R19] banking: the server decides, refuses with its reason, and moves money over all records or none', async () => {
  const said: string[] = []
  const { fates, guessed, balances, total } = await tellStory((line) => said.push(line))
  const refused = { kind: 'rejected', code: 'REFUSED', reason: 'insufficient_balance' }
  expect(guessed).toBe('ada 10, bank 0, ben 90')
  expect(fates).toMatchObject({
    gift: { kind: 'applied' },
    rent: refused,
    coffee: { kind: 'applied' },
    boat: refused,
    book: { kind: 'aborted', reason: 'rejected' },
  })
  const everywhere = 'ada 38, bank 2, ben 60'
  expect(balances).toEqual([everywhere, everywhere, everywhere, everywhere])
  expect(total).toBe(100)
  expect(said).toContain('The phone is back. The 80: REFUSED, insufficient_balance. The 10: applied.')
})
