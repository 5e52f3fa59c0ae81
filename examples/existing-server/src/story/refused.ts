import type { Fate } from '@holdfast/core'
import type { Stage } from './stage.ts'

const isRejected = (fate: Fate, code: string, says = ''): boolean =>
  fate.kind === 'rejected' && fate.code === code && fate.message.includes(says)

/** What the database does not allow is the fate of that operation alone. */
export const meetConstraints = async ({ ada, ben, browser, before, check, say }: Stage): Promise<void> => {
  const { invoices, lines } = ada.collections
  const customerId = before.customer.id
  const twice = await invoices.create({ customerId, number: 10, title: 'Door' })
  const line = await lines.create({ invoiceId: twice.recordId, label: 'Oak', quantity: 1, price: '310' })
  const fine = await invoices.create({ customerId, number: 11, title: 'Window' })
  await browser.post('north/invoices', { customerId, number: 10, title: 'Stairs' })
  say('Ada, offline, makes the invoices 10 and 11. Somebody made a number 10 by REST.')
  await ada.sync()
  const [fate, ofLine] = [await ada.fateOf(twice.operationId), await ada.fateOf(line.operationId)]
  if (fate.kind === 'rejected') say(`Number 10 is a dead letter: ${fate.code}, ${fate.message}`)
  check(
    'a number that is taken is a dead letter',
    isRejected(fate, 'INVALID', 'number: another row has the same already'),
    fate,
  )
  check('and so is what needs that invoice', isRejected(ofLine, 'DEPENDENCY'), ofLine)
  const other = await ada.fateOf(fine.operationId)
  check('the invoice beside it is applied', other.kind === 'applied', other)
  const again = await ada.deadLetters.retry(twice.operationId, { customerId, number: 12, title: 'Door' })
  await ada.sync()
  const [retried, left] = [await ada.fateOf(again.operationId), await ada.deadLetters.list()]
  say('She gives it number 12.')
  check(
    'with another number it is applied, its line too',
    retried.kind === 'applied' && left.length === 0,
    left,
  )

  const strangers = await invoices.create({ customerId: before.southern.id, number: 13, title: 'Theirs' })
  await ada.sync()
  const theirs = await ada.fateOf(strangers.operationId)
  check('nothing is tied to another team’s customer', isRejected(theirs, 'FORBIDDEN_OR_MISSING'), theirs)

  await ben.sync()
  const needed = await ben.collections.customers.delete(customerId)
  await ben.sync()
  const kept = await ben.fateOf(needed.operationId)
  check('a customer with invoices can not be deleted', isRejected(kept, 'INVALID'), kept)
}

/** Roles count for devices as they do for REST. */
export const meetRoles = async ({ ada, ben, cyd, before, check, say }: Stage): Promise<void> => {
  const { id } = before.fence
  const pay = { status: 'paid' } as const
  const [byClerk, byViewer, forged] = [
    await ada.collections.invoices.update(id, pay),
    await cyd.collections.invoices.update(id, { title: 'Mine' }),
    await ben.collections.invoices.update(id, { updatedAt: new Date(0) }),
  ]
  for (const device of [ada, cyd, ben]) await device.sync()
  const fates = [
    await ada.fateOf(byClerk.operationId),
    await cyd.fateOf(byViewer.operationId),
    await ben.fateOf(forged.operationId),
  ]
  check(
    'a clerk marks nothing paid, a viewer writes nothing, and nobody what the database computes',
    fates.every((fate) => isRejected(fate, 'FORBIDDEN_OR_MISSING')),
    fates,
  )
  const byManager = await ben.collections.invoices.update(id, pay)
  await ben.sync()
  const fate = await ben.fateOf(byManager.operationId)
  say('Ada may not mark an invoice paid; Ben, who is a manager, may.')
  check('a manager marks it paid', fate.kind === 'applied', fate)
}
