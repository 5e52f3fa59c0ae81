/** The few things of Node's `Buffer` that the simulation and the server use. */
export type Encoding = 'utf8' | 'base64' | 'base64url'

export type StandInBuffer = Uint8Array<ArrayBuffer> & { toString(encoding?: Encoding): string }

const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

const textOf = (bytes: Uint8Array, encoding: Encoding): string => {
  switch (encoding) {
    case 'utf8':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    case 'base64':
      return toBase64(bytes)
    case 'base64url':
      return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  }
}

/** As Node does, it takes both alphabets for both. */
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (digit) => digit.charCodeAt(0))

const bytesOf = (text: string, encoding: Encoding): Uint8Array<ArrayBuffer> =>
  encoding === 'utf8' ? new TextEncoder().encode(text) : fromBase64(text)

export const bufferOf = (value: string | ArrayLike<number>, encoding: Encoding = 'utf8'): StandInBuffer => {
  const bytes = typeof value === 'string' ? bytesOf(value, encoding) : Uint8Array.from(value)
  return Object.assign(bytes, { toString: (wanted: Encoding = 'utf8') => textOf(bytes, wanted) })
}

export const standInBuffer = {
  from: bufferOf,
  byteLength: (text: string): number => new TextEncoder().encode(text).length,
}
