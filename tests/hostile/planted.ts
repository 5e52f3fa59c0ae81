import { z } from 'zod'

/** Faults that a server can be given, so that it is seen that they are found. */
export const plantedSchema = z.enum(['open scopes', 'failing'])
export type Planted = z.infer<typeof plantedSchema>

/** The scopes of a user. */
export const scopesOf = (id: string, planted: Planted | undefined): readonly string[] => {
  const own = [`team-${id}`, `team-${id}-2`, 'team-shared']
  if (planted === 'failing' && Math.random() < 0.05) throw new Error('planted')
  return planted === 'open scopes' ? [...own, 'team-ada', 'team-bert'] : own
}
