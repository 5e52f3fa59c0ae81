/** A record's place in its scope. `recordKey` makes one text of it. */
export interface RecordAddress {
  readonly collection: string
  readonly id: string
}

/** One text for a record's place in its scope. Names can't contain `/`. */
export const recordKey = ({ collection, id }: RecordAddress): string => `${collection}/${id}`
