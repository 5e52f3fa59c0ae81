import type { AnyTRPCRouter } from '@trpc/server'
import { hasSmallBody } from '../router/small-body.ts'
import type { HttpLimits } from './http-limits.ts'

/** How many bytes a request to this path may have. Nothing of it has been read. */
export const bodyLimit = (
  router: AnyTRPCRouter,
  path: string,
  { bodyBytes, smallBodyBytes }: HttpLimits,
): number => {
  const procedures = router._def.procedures as Readonly<Record<string, unknown>>
  const bytes = namesIn(path).map((name) => (hasSmallBody(procedures[name]) ? smallBodyBytes : bodyBytes))
  return Math.min(
    bodyBytes,
    bytes.reduce((sum, each) => sum + each, 0),
  )
}

/** As tRPC reads it. What can't be read is refused by tRPC, before the body. */
const namesIn = (path: string): readonly string[] => {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)).split(',')
  } catch {
    return ['']
  }
}
