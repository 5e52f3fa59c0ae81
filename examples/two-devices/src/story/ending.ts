import type { NewTask } from '../schema.ts'
import type { ExpectedTask } from '../verify/evidence.ts'

/** What is planned while both are online. */
export const plan: readonly NewTask[] = [
  { id: 'boat', title: 'Book the boat' },
  { id: 'food', title: 'Buy food' },
  { id: 'ideas', title: 'Old ideas' },
  { id: 'tents', title: 'Pack the tents' },
]

/** What Ben chooses when he is asked: something of both. */
export const agreedTitle = 'Buy food for twelve, two of them vegan'

/**
 * How the story has to end on both devices and on the server, written down by hand and not computed by what is
 * shown here. `version` counts the operations that the server applied.
 */
export const ending: readonly ExpectedTask[] = [
  // Different fields: both changes stand.
  { id: 'boat', title: 'Book the boat', owner: 'Ada', note: 'Pier 4, nine sharp', priority: 2, version: 3 },
  // The same field: asked and answered. Ben's first wording was never applied.
  { id: 'food', title: agreedTitle, owner: 'nobody', note: '', priority: 2, version: 3 },
  { id: 'lanterns', title: 'Charge the lanterns', owner: 'Ada', note: '', priority: 2, version: 1 },
  // Last write wins: Ada's, although Ben's arrived later.
  { id: 'tents', title: 'Pack the tents', owner: 'nobody', note: '', priority: 3, version: 3 },
  { id: 'weather', title: 'Check the weather', owner: 'Ben', note: '', priority: 1, version: 1 },
]
