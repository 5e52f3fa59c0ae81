import { liveEvent, type LiveEvent } from '../protocol/live.ts'
import { refusalToError } from './parse-output.ts'

/** What `live` says, without refusals: these are errors here. */
export type LiveNews = Exclude<LiveEvent, { readonly kind: 'refused' }>

/** `undefined`: a kind of a newer server. @throws SyncError the refusal's */
export const newsOf = (value: unknown): LiveNews | undefined => {
  const parsed = liveEvent.safeParse(value)
  if (!parsed.success) return undefined
  if (parsed.data.kind === 'refused') throw refusalToError(parsed.data)
  return parsed.data
}
