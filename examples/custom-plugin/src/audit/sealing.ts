import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'

/** Turns a text into one that only devices with the key can read, and back. */
export interface Sealing {
  readonly seal: (text: string, recordId: string) => string
  /** What was never sealed comes back as it is. @throws where the key is another one, or the text was changed */
  readonly unseal: (text: string, recordId: string) => string
}

const mark = 'sealed:'
const algorithm = 'aes-256-gcm'
const [nonceLength, tagLength] = [12, 16]

export const isSealed = (text: string): boolean => text.startsWith(mark)

/**
 * AES-256-GCM whose nonce is made from the text and its record. So one text always becomes the same one: an operation
 * that is sent again is the same operation, and equal values stay equal. (Who sees two of them learns that much.)
 * @param key 32 bytes
 */
export const createSealing = (key: Uint8Array): Sealing => {
  const derive = (use: string): Buffer => createHmac('sha256', key).update(use).digest()
  const [cipherKey, nonceKey] = [derive('cipher'), derive('nonce')]

  return {
    seal(text, recordId) {
      const nonce = createHmac('sha256', nonceKey)
        .update(`${recordId}\n${text}`)
        .digest()
        .subarray(0, nonceLength)
      const cipher = createCipheriv(algorithm, cipherKey, nonce).setAAD(Buffer.from(recordId))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return mark + sealed.toString('base64url')
    },
    unseal(text, recordId) {
      if (!isSealed(text)) return text
      const bytes = Buffer.from(text.slice(mark.length), 'base64url')
      const decipher = createDecipheriv(algorithm, cipherKey, bytes.subarray(0, nonceLength))
      decipher.setAAD(Buffer.from(recordId)).setAuthTag(bytes.subarray(-tagLength))
      const opened = [decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]
      return Buffer.concat(opened).toString('utf8')
    },
  }
}
