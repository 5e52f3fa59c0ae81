/** Continues a CRC-32 (as in zip and gzip) over a text's UTF-8. */
export type Crc32 = (text: string, before?: number) => number

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xed_b8_83_20 ^ (value >>> 1) : value >>> 1
  return value
})

/** For platforms without `node:zlib`; encodes by itself, since not every engine on a phone has a TextEncoder. */
export const portableCrc32: Crc32 = (text, before = 0) => {
  let crc = ~before
  const take = (byte: number): void => {
    crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index) ?? 0
    if (point < 0x80) {
      take(point)
    } else if (point < 0x800) {
      take(0xc0 | (point >> 6))
      take(0x80 | (point & 0x3f))
    } else if (point < 0x1_00_00) {
      take(0xe0 | (point >> 12))
      take(0x80 | ((point >> 6) & 0x3f))
      take(0x80 | (point & 0x3f))
    } else {
      index += 1
      take(0xf0 | (point >> 18))
      take(0x80 | ((point >> 12) & 0x3f))
      take(0x80 | ((point >> 6) & 0x3f))
      take(0x80 | (point & 0x3f))
    }
  }
  return ~crc >>> 0
}
