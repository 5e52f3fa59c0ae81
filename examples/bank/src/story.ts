import type { Fate } from '@holdfast/core'
import { openDevice, type Device } from './device.ts'
import { startServer } from './server.ts'

export interface Ending {
  /** How the two transfers ended. */
  readonly fates: readonly Fate[]
  /** The balances of Ada and Ben, as each device shows them in the end. */
  readonly balances: readonly (readonly number[])[]
}

const balancesOf = async ({ client }: Device): Promise<readonly number[]> => {
  const accounts = await client.collections.accounts.find({ orderBy: { id: 'asc' } })
  return accounts.map(({ balance }) => balance)
}

/** Ada has 100 and gives 80 of it away twice: from her phone, offline, and from her laptop. */
export const tellStory = async (say: (line: string) => void): Promise<Ending> => {
  const server = await startServer()
  const clerk = await openDevice('clerk', server.url)
  const [phone, laptop] = [await openDevice('ada', server.url), await openDevice('ada', server.url)]
  const all = [clerk, phone, laptop]
  try {
    for (const owner of ['ada', 'ben']) await clerk.client.collections.accounts.create({ id: owner, owner })
    await clerk.client.collections.accounts.run.deposit('ada', { amount: 100 })
    for (const device of all) await device.sync()
    say('Ada has 100, Ben has 0.')

    phone.network.set(false)
    const first = await phone.transfer('ada', 'ben', 80)
    say(`Her phone is offline and shows ${(await balancesOf(phone)).join(' and ')}: it guesses.`)
    const second = await laptop.transfer('ada', 'ben', 80)
    const { fate: onLaptop } = await laptop.decided(second)
    say(`Meanwhile her laptop gives away 80: ${onLaptop.kind}.`)

    phone.network.set(true)
    const { fate: onPhone } = await phone.decided(first)
    if (onPhone.kind === 'rejected') say(`The phone is back: ${onPhone.code}, ${onPhone.reason ?? ''}.`)
    for (const device of all) await device.sync()
    const balances = await Promise.all(all.map(balancesOf))
    say(`All devices show ${(balances[0] ?? []).join(' and ')}.`)
    return { fates: [onPhone, onLaptop], balances }
  } finally {
    for (const { client } of all) await client.close()
    await server.stop()
  }
}
