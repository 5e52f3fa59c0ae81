import { isSyncError } from '@holdfast/core'
import type { Actors } from './actors.ts'
import type { Tab } from './tab.ts'

/** An app writes while it is paused, and asks what that would meet before it goes on. */
export const lookAhead = ({ sim, writes, random }: Actors, tab: Tab): void => {
  const client = tab.client()
  if (client === undefined) return
  client.pause()
  for (let count = random.between(1, 4); count > 0; count -= 1) writes.one(tab)
  tab.process.after(random.between(50, 1_200), 'app looks ahead', () => {
    tab.requests.onAsked()
    const onAnswered = tab.requests.onAsking()
    client
      .preflight()
      .then(
        ({ conflictRisk }) => sim.trace.note(`${tab.process.name} would meet ${conflictRisk}`),
        (error: unknown) => {
          if (isSyncError(error)) return
          sim.guard(() => {
            throw error
          })
        },
      )
      .finally(() => {
        onAnswered()
        if (!tab.process.isAlive()) return
        tab.requests.onAsked()
        client.start()
      })
  })
}
