import { answerSyncEvents } from '@holdfast/core/service-worker'
import { devices, tagOf } from '../client/device.ts'
import { optionsFor } from '../client/options.ts'
import { sessionForWorker } from '../client/session.ts'
import { personOf } from '../shared/people.ts'
import { keepShell } from './shell.ts'

/** What the build made, put in by it: addresses, and a name that changes with them. */
declare const shellFiles: readonly string[]
declare const shellVersion: string

keepShell({ files: shellFiles, version: shellVersion })

for (const device of devices) {
  answerSyncEvents({
    tag: tagOf(device),
    async open() {
      const { user, online } = await sessionForWorker(device)
      const person = personOf(user)
      // Whoever switched the network off does not want it to be used behind their back.
      return person === undefined || !online ? undefined : optionsFor(device, person)
    },
  })
}
