import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnyCollection } from '@holdfast/core'
import { openDevice, type Device } from './device.ts'
import { startServer, type ServerOptions } from './server.ts'

type Collections = Readonly<Record<string, AnyCollection>>

export interface Stage<TCollections extends Collections> {
  /** A device of its user; opened again under the same name, once it was closed, it has what it had. */
  readonly open: (user: string, device?: string) => Promise<Device<TCollections>>
}

/** Runs a story with a server of its own; server, devices and their files are gone afterwards. */
export const withServer = async <const TCollections extends Collections, TEnding>(
  options: ServerOptions<TCollections>,
  tell: (stage: Stage<TCollections>) => Promise<TEnding>,
): Promise<TEnding> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-devices-'))
  const { url, stop } = await startServer(options)
  const opened: Device<TCollections>[] = []
  try {
    return await tell({
      async open(user, device = user) {
        const filename = join(folder, `${device}.db`)
        const opening = await openDevice({ schema: options.schema, user, url, filename })
        opened.push(opening)
        return opening
      },
    })
  } finally {
    for (const { close } of opened) await close()
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
}
