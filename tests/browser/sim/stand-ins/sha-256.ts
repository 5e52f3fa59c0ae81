/** SHA-256 (FIPS 180-4), at once: the browser's own only answers later, which virtual time can't wait for. */

const blockBytes = 64

const primes = (count: number): readonly number[] => {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate += 1)
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  return found
}

/** The first 32 bits of what stands after the point. */
const fraction = (value: number): number => Math.floor((value % 1) * 2 ** 32)

const roundConstants = Uint32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)))
const firstState = Uint32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)))

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

const at = (words: Uint32Array, index: number): number => words[index] ?? 0

/** With a one, zeros, and the length in bits, to whole blocks. */
const pad = (bytes: Uint8Array): DataView => {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / blockBytes) * blockBytes)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  return view
}

const scheduleOf = (view: DataView, offset: number): Uint32Array => {
  const words = new Uint32Array(64)
  for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(offset + index * 4)
  for (let index = 16; index < 64; index += 1) {
    const [early, late] = [at(words, index - 15), at(words, index - 2)]
    const first = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const second = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    words[index] = at(words, index - 16) + first + at(words, index - 7) + second
  }
  return words
}

const compress = (state: Uint32Array, words: Uint32Array): void => {
  const own = state.slice()
  for (let round = 0; round < 64; round += 1) {
    const [a, b, c, e, f, g] = [at(own, 0), at(own, 1), at(own, 2), at(own, 4), at(own, 5), at(own, 6)]
    const choice = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g))
    const majority = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    const added = at(own, 7) + choice + at(roundConstants, round) + at(words, round)
    own.copyWithin(1, 0, 7)
    own[4] = at(own, 4) + added
    own[0] = added + majority
  }
  for (let index = 0; index < 8; index += 1) state[index] = at(state, index) + at(own, index)
}

export const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const view = pad(bytes)
  const state = firstState.slice()
  for (let offset = 0; offset < view.byteLength; offset += blockBytes)
    compress(state, scheduleOf(view, offset))
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => digest.setUint32(index * 4, word))
  return new Uint8Array(digest.buffer)
}

/** A keyed digest (RFC 2104). */
export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const block = new Uint8Array(blockBytes)
  block.set(key.length > blockBytes ? sha256(key) : key)
  const keyed = (mask: number, text: Uint8Array): Uint8Array<ArrayBuffer> =>
    sha256(Uint8Array.from([...block.map((byte) => byte ^ mask), ...text]))
  return keyed(0x5c, keyed(0x36, bytes))
}
