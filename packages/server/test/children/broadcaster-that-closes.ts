import { setImmediate, setTimeout } from 'node:timers/promises'
import { postgresBroadcaster, redisBroadcaster } from '@holdfast/server/broadcasters'
import { Client } from 'pg'
import { createClient } from 'redis'

/** Publishes one hint, closes after a while, and prints what is left open then. */
const [kind, url = '', channel = '', wait = '0'] = process.argv.slice(2)
const logger = { error: () => undefined }
const broadcaster =
  kind === 'redis'
    ? redisBroadcaster({ client: () => createClient({ url }), channel, logger })
    : postgresBroadcaster({ client: () => new Client(url), channel, logger })
broadcaster.publish({ scope: 'last', head: 7 })
if (wait !== '0') await setTimeout(Number(wait))
await broadcaster.close()
// A closed socket is let go of in the next round.
await setImmediate()
await setImmediate()
process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((each) => each !== 'PipeWrap')))
