import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp as createAppBefore } from '../app.ts'
import { openPrisma } from '../database.ts'
import { serve } from '../serve.ts'
import { createApp } from '../with-sync.ts'
import { openDevice, type Device, type DeviceOptions } from './device.ts'
import { rowsOf, shownBy } from './equal.ts'
import { restOf, type Rest, type Row } from './rest.ts'
import { foundDatabase } from './tables.ts'

export interface Check {
  readonly claim: string
  readonly holds: boolean
  /** What was found instead. */
  readonly found: string
}

export interface Stage {
  /** Ben's browser, which knows nothing of sync. */
  readonly browser: Rest
  /** Somebody at a console of the database. */
  readonly admin: (statement: string) => Promise<void>
  readonly ada: Device
  readonly ben: Device
  readonly cyd: Device
  /** On the office's wall, for everybody to see: always online. */
  readonly screen: Device
  /** What the server wrote while it was as before. */
  readonly before: Before
  /** Everything that the sync API answered, to anybody. */
  readonly answers: () => string
  /** All sync; then each has to show what the database says. */
  readonly allAgree: (when: string) => Promise<void>
  readonly check: (claim: string, holds: boolean, found: unknown) => void
  readonly say: (line: string) => void
}

export interface Before {
  readonly customer: Row
  /** Of another team. */
  readonly southern: Row
  readonly roof: Row
  readonly cellar: Row
  readonly fence: Row
}

/** A year of business, by REST. */
const lifeBefore = async (url: string): Promise<Before> => {
  const server = await serve(createAppBefore, url)
  const browser = restOf(server.url, 'ben')
  const customer = await browser.post('north/customers', {
    name: 'Hill School',
    email: 'office@hill.example',
  })
  const post = (number: number, title: string): Promise<Row> =>
    browser.post('north/invoices', {
      customerId: customer.id,
      number,
      title,
      lines: [{ label: 'Work', quantity: 8, price: '45.50' }],
    })
  const southern = await browser.post('south/customers', { name: 'Dry Dock' })
  await browser.post('south/invoices', { customerId: southern.id, number: 1, title: 'Gate' })
  const before = {
    customer,
    southern,
    roof: await post(1, 'Roof'),
    cellar: await post(2, 'Cellar'),
    fence: await post(3, 'Fence'),
  }
  await server.stop()
  return before
}

/** @param url of an empty database */
export const withStage = async (
  url: string,
  say: (line: string) => void,
  tell: (stage: Stage) => Promise<void>,
): Promise<readonly Check[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-existing-'))
  await foundDatabase(url)
  const before = await lifeBefore(url)
  say('A year of business by REST: customers, invoices, lines. Then the server is stopped.')
  const server = await serve(createApp, url)
  say('It starts again with sync. Its rows are adopted.')
  const adminsPrisma = openPrisma(url)
  const bodies: string[] = []
  const checks: Check[] = []
  const devices: Device[] = []
  const open = async (
    name: string,
    options: Pick<DeviceOptions, 'teams' | 'isConnected'>,
  ): Promise<Device> => {
    const filename = join(folder, `${name}.db`)
    const onAnswer = (body: string): void => void bodies.push(body)
    const user = name === 'screen' ? 'cyd' : name
    const device = await openDevice({ ...options, name, user, url: server.url, filename, onAnswer })
    devices.push(device)
    return device
  }
  const check = (claim: string, holds: boolean, found: unknown): void =>
    void checks.push({ claim, holds, found: JSON.stringify(found) })
  try {
    const [ada, ben, cyd, screen] = [
      await open('ada', { teams: ['north'] }),
      await open('ben', { teams: ['north', 'south'] }),
      await open('cyd', { teams: ['north'] }),
      await open('screen', { teams: ['north'], isConnected: true }),
    ]
    await tell({
      browser: restOf(server.url, 'ben'),
      admin: async (statement) => void (await adminsPrisma.$executeRawUnsafe(statement)),
      ada,
      ben,
      cyd,
      screen,
      before,
      answers: () => bodies.join('\n'),
      check,
      say,
      async allAgree(when) {
        for (const device of [...devices, ...devices]) await device.sync()
        for (const device of devices) {
          const teams = device === ben ? ['north', 'south'] : ['north']
          const [rows, shown] = [await rowsOf(adminsPrisma, teams), await shownBy(device)]
          check(`${when}: ${device.name} sees what the database has`, rows === shown, { rows, shown })
        }
      },
    })
    return checks
  } finally {
    for (const device of devices) await device.close()
    await server.stop()
    await adminsPrisma.$disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}
