import { SyncError, type ErrorDetails } from './errors.ts'

type Size = Required<Omit<ErrorDetails['TOO_LARGE'], 'operationId' | 'path'>> &
  Pick<ErrorDetails['TOO_LARGE'], 'path'>

/**
 * @param found what there is, as the beginning of the sentence
 * @param advice what to do, as a sentence of its own
 * @throws SyncError TOO_LARGE
 */
export const checkSize = (size: Size, found: string, advice?: string): void => {
  if (size.actual <= size.limit) return
  const message = `${found}; the most is ${size.limit}.`
  throw new SyncError('TOO_LARGE', advice === undefined ? message : `${message} ${advice}`, size)
}
