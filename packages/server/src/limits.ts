import { maxBatch, maxPayload } from '@holdfast/core/protocol'

export interface Limits {
  /** Operations of one push. Default and most: 200. */
  readonly batch: number
  /** Characters of an operation's encoded payload. Default and most: 65,536. */
  readonly payload: number
  /** Changes of a page when the request names no number. Default 500. */
  readonly page: number
  /** The most changes of a page, whatever the request says. Default 1,000. */
  readonly maxPage: number
  /** Bytes of record data in a page (at least one change is always sent). Default 1,000,000. */
  readonly pageBytes: number
  /**
   * Milliseconds after which a request is given up, SERVER_FAILED with the status 504: the device comes again, with less. Default
   * 15,000. One transaction of it has 5,000: `timeoutMs` of `prismaStore`.
   */
  readonly requestMs: number
  /** Milliseconds that one hook of a plugin may take. Default 1,000. */
  readonly hookMs: number
  /** Milliseconds that one server half of an operation may take; all of a batch four times that. Default 1,000. */
  readonly serverOperationMs: number
  /** Milliseconds that an operation's timestamp may be ahead of the server's clock. Default 60,000. */
  readonly clockAheadMs: number
  /** Live streams of one process. Default 2,000. */
  readonly liveStreams: number
  /** Live streams of one user in one process; a device that finds no place polls, and comes back. Default 3. */
  readonly liveStreamsPerUser: number
  /** Milliseconds after which a live stream ends and its client comes back; up to a quarter less. Default 900,000. */
  readonly liveMs: number
  /** Milliseconds after which a live stream says at least that it is there. Default 20,000. */
  readonly liveBeatMs: number
  /** Milliseconds after which a live stream asks again whether its user may read. Default 60,000. */
  readonly liveCheckMs: number
}

export const defaultLimits: Limits = {
  batch: maxBatch,
  payload: maxPayload,
  page: 500,
  maxPage: 1000,
  pageBytes: 1_000_000,
  requestMs: 15_000,
  hookMs: 1000,
  serverOperationMs: 1000,
  clockAheadMs: 60_000,
  liveStreams: 2_000,
  liveStreamsPerUser: 3,
  liveMs: 900_000,
  liveBeatMs: 20_000,
  liveCheckMs: 60_000,
}
