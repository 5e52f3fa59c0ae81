import { SyncError } from '../base/errors.ts'
import type { CommitBatch, Key, ReadRequest } from './contract.ts'

const keyPattern = /^[\u0020-\u007e]{1,1024}$/
const prefixPattern = /^[\u0020-\u007e]{0,1024}$/

/**
 * What every adapter has to refuse before it touches its place.
 * @throws SyncError INVALID
 */
export const checkRequests = (requests: readonly ReadRequest[]): void => {
  for (const request of requests) {
    if ('get' in request) {
      checkKey(request.get, 'get')
      continue
    }
    if (typeof request.scan !== 'string' || !prefixPattern.test(request.scan)) refuseKey(request.scan, 'scan')
    if (request.after !== undefined) checkKey(request.after, 'after')
    if (request.limit !== undefined) checkCount(request.limit, 'limit', 'The limit')
  }
}

/** @throws SyncError INVALID */
export const checkBatch = ({ expect, writes }: CommitBatch): void => {
  for (const { key, revision } of expect) {
    checkKey(key, 'expect')
    checkCount(revision, 'expect', `The expected revision of ${key}`)
  }
  const written = new Set<Key>()
  for (const { key, value } of writes) {
    checkKey(key, 'writes')
    if (written.has(key)) refuse('writes', `${key} is written twice in one commit; keep the last write only.`)
    written.add(key)
    if (value !== undefined) checkValue(key, value)
  }
}

const checkValue = (key: Key, value: unknown): void => {
  if (typeof value === 'string' && value.isWellFormed()) return
  refuse('writes', `The value of ${key} must be a text without lone surrogates; encode it first.`)
}

const checkKey = (key: unknown, path: string): void => {
  if (typeof key !== 'string' || !keyPattern.test(key)) refuseKey(key, path)
}

const checkCount = (value: number, path: string, what: string): void => {
  if (Number.isSafeInteger(value) && value >= 0) return
  refuse(path, `${what} must be a whole number, 0 or more, and is ${value}.`)
}

const refuseKey = (key: unknown, path: string): never => {
  const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 60)) : typeof key
  return refuse(
    path,
    `${shown} is no key: use 1 to 1,024 printable ASCII characters, others escaped by joinKey.`,
  )
}

const refuse = (path: string, message: string): never => {
  throw new SyncError('INVALID', message, { path, reason: message })
}
