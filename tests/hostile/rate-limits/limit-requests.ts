import type { Request, RequestHandler } from 'express'

interface Allowance {
  left: number
  at: number
}

/** Each key may send `burst` requests at once, and `perSecond` in the long run. Of this process alone. */
export const limitRequests = (
  keyOf: (req: Request) => string,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  clock = performance as { readonly now: () => number },
): RequestHandler => {
  const known = new Map<string, Allowance>()
  return (req, res, next) => {
    const now = clock.now()
    const key = keyOf(req)
    const { left, at } = known.get(key) ?? { left: burst, at: now }
    const allowed = Math.min(burst, left + ((now - at) / 1000) * perSecond)
    // Nobody fills the memory with keys: whoever is forgotten starts anew.
    if (known.size >= 100_000) known.clear()
    known.set(key, { left: allowed < 1 ? allowed : allowed - 1, at: now })
    if (allowed >= 1) next()
    else
      res
        .status(429)
        .set('Retry-After', `${Math.ceil((1 - allowed) / perSecond)}`)
        .end()
  }
}
