/** What the fields beside the payload take at most, with their names. */
const envelopeBytes = 800

/**
 * An upper bound of what an operation takes in a request: UTF-8, inside a JSON text, where quotes and backslashes
 * are escaped.
 */
export const wireBytes = ({ payload, marks = '', sentAs }: Texts): number =>
  envelopeBytes + bytesOf(sentAs?.payload ?? payload) + bytesOf(marks)

interface Texts {
  readonly payload: string
  readonly marks?: string | undefined
  readonly sentAs?: { readonly payload: string } | undefined
}

const bytesOf = (text: string): number => {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) bytes += 3
    else bytes += unit === 0x22 || unit === 0x5c ? 2 : 1
  }
  return bytes
}
