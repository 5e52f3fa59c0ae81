import type { ErrorRequestHandler } from 'express'
import { z } from 'zod'

class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const refuse = (status: number, message: string): Error => new Refusal(status, message)

/** By Prisma's codes. */
const statuses: Readonly<Record<string, number>> = { P2002: 409, P2003: 409, P2025: 404 }

export const answerErrors: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (error instanceof Refusal) res.status(error.status).json({ error: error.message })
  else if (error instanceof z.ZodError) res.status(400).json({ error: z.prettifyError(error) })
  else {
    const status = statuses[String((error as { readonly code?: unknown } | undefined)?.code)] ?? 500
    res
      .status(status)
      .json({ error: status === 500 ? 'Something went wrong.' : 'That does not fit what is there.' })
  }
}
