import type { Observable } from 'rxjs'
import type { SyncEvent } from '../model/events.ts'
import type { Logger } from './options.ts'

/** Writes events into the app's log: what somebody should look at as an error, all else for the reader of one incident. */
export const logEvents = (events$: Observable<SyncEvent>, logger: Logger): void => {
  events$.subscribe((event) => {
    if (event.type === 'problem') logger.error(event.error.message, event.error)
    else if (event.type === 'notSentAgain') logger.error(`sync: ${textOf(event)}`)
    else if (event.type === 'localDataLost')
      logger.error(
        `The local data of this user are gone; what had not been sent is lost. (${event.clientId})`,
      )
    else logger.debug(`sync: ${textOf(event)}`)
  })
}

const textOf = ({ at: _at, type, ...details }: Exclude<SyncEvent, { type: 'problem' }>): string => {
  const parts = Object.entries(details).map(([name, value]) => `${name} ${valueOf(value)}`)
  return [type, ...parts].join(', ')
}

/** States carry errors, which JSON would leave out. */
const valueOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, (_key, member: unknown) => (member instanceof Error ? member.message : member))
