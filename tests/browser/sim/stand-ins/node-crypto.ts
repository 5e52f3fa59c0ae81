import { bufferOf, type Encoding, type StandInBuffer } from './node-buffer.ts'
import { hmacSha256, sha256 } from './sha-256.ts'

/** Stands for `node:crypto` where there is no Node: what the server takes of it. `sim-browser` puts it in its place. */
interface Hash {
  update(part: string | Uint8Array): Hash
  digest(): StandInBuffer
  digest(encoding: Encoding): string
}

const toBytes = (part: string | Uint8Array): Uint8Array =>
  typeof part === 'string' ? new TextEncoder().encode(part) : part

const hashBy = (algorithm: string, finish: (bytes: Uint8Array) => Uint8Array): Hash => {
  if (algorithm !== 'sha256') throw new Error(`There is no stand-in for ${algorithm}.`)
  const bytes: number[] = []
  const digest = (): StandInBuffer => bufferOf(finish(Uint8Array.from(bytes)))
  const hash: Hash = {
    update(part) {
      for (const byte of toBytes(part)) bytes.push(byte)
      return hash
    },
    digest: ((encoding?: Encoding) =>
      encoding === undefined ? digest() : digest().toString(encoding)) as Hash['digest'],
  }
  return hash
}

export const createHash = (algorithm: string): Hash => hashBy(algorithm, sha256)

export const createSecretKey = (key: Uint8Array): Uint8Array => key

export const createHmac = (algorithm: string, key: Uint8Array): Hash =>
  hashBy(algorithm, (bytes) => hmacSha256(key, bytes))

/** Nobody measures times here. */
export const timingSafeEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index])
