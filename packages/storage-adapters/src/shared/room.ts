import { Subject, type Observable } from 'rxjs'
import type { ExternalCommit } from '@holdfast/core/storage'

/** The handles of one process on one database, which tell each other what they committed. */
export interface Room {
  /** `onRemoved` is called where the database is destroyed under the handle. */
  enter(onRemoved: () => void): Member
  /** Tells every member, also the one who noticed. */
  tellAll(commit: ExternalCommit): void
  /** Asks every member to close. */
  clear(): void
  readonly size: number
}

export interface Member {
  readonly heard$: Observable<ExternalCommit>
  tellOthers(commit: ExternalCommit): void
  leave(): void
}

export const createRoom = (): Room => {
  const members = new Map<Subject<ExternalCommit>, () => void>()
  return {
    enter(onRemoved) {
      const subject = new Subject<ExternalCommit>()
      members.set(subject, onRemoved)
      return {
        heard$: subject.asObservable(),
        tellOthers(commit) {
          for (const member of [...members.keys()]) if (member !== subject) member.next(commit)
        },
        leave() {
          members.delete(subject)
          subject.complete()
        },
      }
    },
    tellAll(commit) {
      for (const member of [...members.keys()]) member.next(commit)
    },
    clear() {
      for (const onRemoved of [...members.values()]) onRemoved()
    },
    get size() {
      return members.size
    },
  }
}
