import { filter, firstValueFrom, timeout } from 'rxjs'
import type { Stage } from './stage.ts'

/** A canary: if it is in any answer of the sync API, it left. */
export const secret = 'insolvent-in-2019'

/** A REST write, an admin's SQL and an offline device's write meet in one record. */
export const meetInOneRecord = async (stage: Stage): Promise<void> => {
  const { ada, screen, browser, admin, before, check, say } = stage
  const { id } = before.roof
  const due = new Date('2026-12-24T00:00:00.000Z')
  await ada.collections.invoices.update(id, { due })
  await ada.collections.invoices.update(id, { title: 'Roof, second floor' })
  await ada.collections.lines.create({ invoiceId: id, label: 'Slates', quantity: 120, price: '2.25' })
  say('Ada, offline: the invoice is due at Christmas, has another title, and a line more.')
  await browser.patch(`north/invoices/${id}`, { title: 'Roof and gutters', status: 'sent' })
  say('Ben’s browser, by REST: another title too, and it is sent.')
  await admin(`UPDATE invoices SET discount = 12.5, risk_note = '${secret}' WHERE id = '${id}'`)
  say('An admin, by SQL: a discount, and what a credit agency says.')
  const both$ = screen.collections.invoices
    .get$(id)
    .pipe(filter((invoice) => invoice?.status === 'sent' && Number(invoice.discount) === 12.5))
  const shown = await firstValueFrom(both$.pipe(timeout(30_000)))
  say('The screen on the wall shows both, and nobody told it to look.')
  check('a device that is online hears of both', shown?.title === 'Roof and gutters', shown)

  await ada.sync()
  const [question, ...others] = await ada.conflicts.list()
  say(`Ada is online. She is asked about: ${question?.fields.join(', ')}.`)
  check(
    'one question, about the title alone, with both values',
    others.length === 0 &&
      question?.fields.join() === 'title' &&
      question.mine?.['title'] === 'Roof, second floor' &&
      question.theirs?.['title'] === 'Roof and gutters',
    question,
  )
  if (question === undefined) return
  await ada.conflicts.resolve(question.id, { patch: { title: 'Roof and gutters, second floor' } })
  await stage.allAgree('after the answer')
  const row = (await browser.invoices('north')).find((one) => one.id === id)
  if (row === undefined) return
  const { title, status, discount, due: rowsDue, riskNote, lines } = row
  say(`The row: ${JSON.stringify({ title, status, discount, due: rowsDue, riskNote })}`)
  check(
    'the row has what all three wrote',
    title === 'Roof and gutters, second floor' &&
      status === 'sent' &&
      Number(discount) === 12.5 &&
      rowsDue === due.toISOString() &&
      riskNote === secret,
    row,
  )
  const amounts = lines.map(({ amount }) => Number(amount))
  check(
    'the database computed what lines cost',
    [270, 364].every((amount) => amounts.includes(amount)),
    amounts,
  )
}
