import type { RecordKey } from './contract.ts'

/** One text for a record's place in its scope. Names can't contain `/`. */
export const recordKey = ({ collection, id }: RecordKey): string => `${collection}/${id}`
