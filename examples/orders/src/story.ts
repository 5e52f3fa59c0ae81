import { serveApp } from '@holdfast-examples/support/server'
import type { OutboxEvent } from '@holdfast/server'
import { filter, firstValueFrom } from 'rxjs'
import { openDevice } from './device.ts'
import { openShop, type Shop } from './server.ts'

/** One order, from a phone to a mail. */
export const tellStory = async (say: (line: string) => void) => {
  const mails: OutboxEvent[] = []
  let shop: Shop | undefined
  let mailed = (): void => undefined
  const isMailed = new Promise<void>((resolve) => {
    mailed = resolve
  })
  const server = await serveApp((store) => {
    shop = openShop(store, async (event) => {
      mails.push(event)
      if (event.clientId === '$server') mailed()
    })
    return shop.app
  })
  const phone = await openDevice('ada', `${server.url}/sync`)
  const { orders } = phone.collections
  await orders.create({ id: 'o-1', article: 'A lamp' })
  await firstValueFrom(phone.state$.pipe(filter(({ status }) => status === 'synced')))
  say('Ada orders a lamp.')

  const shown = firstValueFrom(orders.get$('o-1').pipe(filter((order) => order?.paid === true)))
  const answer = await fetch(`${server.url}/orders/o-1/paid`, {
    method: 'POST',
    headers: { authorization: 'cashier' },
  })
  say(`The cashier’s REST call: ${answer.status}.`)
  const order = await shown
  say('Her phone shows it as paid, without having asked.')
  await isMailed
  say('The worker has mailed it.')

  await phone.close()
  await shop?.stop()
  await server.stop()
  return { order, mails }
}
