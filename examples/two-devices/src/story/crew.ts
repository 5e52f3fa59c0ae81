/** Somebody with a device. */
export interface Member {
  readonly user: string
  readonly name: string
  readonly device: string
  readonly token: string
  /** Whose tasks they share. */
  readonly scope: string
}

const scope = 'picnic'

export const ada: Member = { user: 'ada', name: 'Ada', device: "Ada's laptop", token: 'ada-7f3c', scope }
export const ben: Member = { user: 'ben', name: 'Ben', device: "Ben's phone", token: 'ben-91d2', scope }
export const crew: readonly Member[] = [ada, ben]

export const nameOf = (user: string): string => crew.find((member) => member.user === user)?.name ?? user
