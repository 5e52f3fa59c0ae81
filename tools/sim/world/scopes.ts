/** Every scope that a world may have. */
export const allScopes: readonly string[] = ['team-1', 'team-2', 'team-3']

/** An id that says in which scope its record is. */
export const idIn = (scope: string, rest: string): string => `${scope}-${rest}`

const scopeLength = 'team-1'.length

export const scopeOfId = (id: string): string => id.slice(0, scopeLength)

/** The scope that a record is in. */
export const scopeOfRecord = ({ id, team }: Readonly<Record<string, unknown>>): string =>
  typeof team === 'string' ? team : scopeOfId(typeof id === 'string' ? id : '')
