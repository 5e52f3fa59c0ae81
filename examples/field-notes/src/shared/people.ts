/** Who works here. An app would have them in its database, with passwords. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly team: string
  /** Whether they may approve a note, or change an approved one. The server holds them to it. */
  readonly approves: boolean
}

export const people: readonly Person[] = [
  { id: 'ada', name: 'Ada Lindqvist', role: 'Lead inspector', team: 'north', approves: true },
  { id: 'ben', name: 'Ben Okafor', role: 'Inspector, may not approve', team: 'north', approves: false },
]

export const personOf = (id: string | undefined): Person | undefined => people.find((one) => one.id === id)

export const nameOf = (id: string): string => (id === '' ? 'Nobody' : (personOf(id)?.name ?? id))

export const scopeOf = ({ team }: Person): string => `team-${team}`

/** For trying out: whoever picks a name is that person. */
export const tokenOf = (id: string): string => `token-of-${id}`
