import type { RecordAddress } from './contract.ts'

/** One text for a record's place in its scope. Names can't contain `/`. */
export const recordKey = ({ collection, id }: RecordAddress): string => `${collection}/${id}`
