import { killClient } from '../../../tests/kills/kill-client.ts'
import { usualMoments } from '../../../tests/kills/kill-device.ts'
import { deviceEvidence, killSeed } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const kills = 100

export const proof: Proof = {
  title: `A process on SQLite is killed ${kills} times while it writes and syncs: nothing acknowledged is lost, nothing is torn, nothing is applied twice.`,
  run: async () => deviceEvidence(usualMoments(kills), await killClient({ kills, seed: killSeed() })),
}
