import { decodePortable, encodePortable } from '@holdfast/core/protocol'

type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Changes one text field of an encoded record or patch; what has no such text stays as it is. */
export const mapText = (encoded: string, field: string, change: (text: string) => string): string => {
  const value: unknown = decodePortable(encoded)
  const text = isFields(value) ? value[field] : undefined
  return isFields(value) && typeof text === 'string'
    ? encodePortable({ ...value, [field]: change(text) })
    : encoded
}

export const withRenamed = <TFields extends Fields>(value: TFields, from: string, to: string): TFields => {
  if (!Object.hasOwn(value, from)) return value
  const { [from]: moved, ...rest } = value
  return { ...rest, [to]: moved } as unknown as TFields
}

export const renameField = (encoded: string, from: string, to: string): string => {
  const value: unknown = decodePortable(encoded)
  return isFields(value) ? encodePortable(withRenamed(value, from, to)) : encoded
}
