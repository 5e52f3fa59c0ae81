import { SyncError } from './errors.ts'

const chunk = 0x8000

/** Standard base64 with padding. Works in browsers and in Node without Buffer. */
export const bytesToBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let start = 0; start < bytes.length; start += chunk) {
    text += String.fromCharCode(...bytes.subarray(start, start + chunk))
  }
  return btoa(text)
}

/** By hand: `Uint8Array.from` walks a text ten times as long, and texts of documents are long. */
const toBytes = (binary: string): Uint8Array => {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** @throws SyncError INVALID when the text is not what `bytesToBase64` writes */
export const base64ToBytes = (text: string): Uint8Array => {
  try {
    const binary = atob(text)
    // atob also takes white space, missing padding and stray bits.
    if (btoa(binary) === text) return toBytes(binary)
  } catch (error) {
    throw new SyncError('INVALID', 'This is not base64.', { reason: 'malformed bytes' }, { cause: error })
  }
  throw new SyncError('INVALID', 'This is not base64 in its one form.', { reason: 'malformed bytes' })
}
