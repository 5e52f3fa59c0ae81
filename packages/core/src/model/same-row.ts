import { changedFields } from './change.ts'
import type { BaseRow } from './record.ts'

/**
 * Both are what one and the same change made of the record. Versions and places in the feed are given anew after a loss;
 * together with the time and all values they name the change.
 */
export const isSameRow = (left: BaseRow, right: BaseRow): boolean =>
  left.version === right.version &&
  left.seq === right.seq &&
  left.updatedAt === right.updatedAt &&
  left.updatedBy === right.updatedBy &&
  left.deleted === right.deleted &&
  changedFields(left.data, right.data).length === 0
