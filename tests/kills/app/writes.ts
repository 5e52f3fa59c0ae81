/** One write of a device. Its mark tells it from every other write of every device. */
export interface Write {
  readonly mark: string
  readonly kind: 'create' | 'update' | 'mark' | 'delete'
  readonly collection: 'own' | 'shared'
  readonly recordId: string
}

export interface Step {
  /** `apart`: each write for itself, all begun at once. `together`: one transaction. */
  readonly kind: 'apart' | 'together'
  readonly writes: readonly Write[]
}

export const keyOf = ({ collection, recordId }: Pick<Write, 'collection' | 'recordId'>): string =>
  `${collection}/${recordId}`

const separator = '.'

export const markOf = (device: string, number: number): string => `${device}${separator}${number}`

/** The place of a write among those of its device. */
export const numberOf = (mark: string): number => Number(mark.slice(mark.lastIndexOf(separator) + 1))
