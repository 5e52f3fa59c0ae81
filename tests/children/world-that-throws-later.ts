import { nothingPlanted, type Plants } from '../../tools/sim/planted/plants.ts'
import { runWorld } from '../../tools/sim/world/run-world.ts'

let throws = true

/** As a library does that tells nobody else: from a timer of its own, where nobody can catch it. */
const plants: Plants = {
  ...nothingPlanted,
  transport: (transport) => {
    if (throws)
      setImmediate(() => {
        throw new Error('thrown from a timer')
      })
    throws = false
    return transport
  },
}

const { violation } = await runWorld(5, plants)
console.log(`${violation?.promise}: ${violation?.message}`)
