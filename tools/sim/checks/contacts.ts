import type { ProcedureName } from '@holdfast/core/protocol'
import { must } from './violation.ts'

/** When devices were last given all there was, by their cursors. */
export interface Contacts {
  /** A server has answered. @throws Violation */
  readonly onAnswer: (procedure: ProcedureName, asked: Asked, answer: object) => void
}

interface Asked {
  readonly input: object
  /** By the server's clock. */
  readonly now: number
  /** The latest moment before which the server has forgotten anything in the scope. */
  readonly forgottenBefore: number
}

interface Shown {
  readonly cursor?: string
  readonly pageToken?: string
}

interface Told extends Shown {
  readonly kind: string
  readonly details?: { readonly reason?: string }
  readonly hasMore?: boolean
  readonly page?: { readonly cursor: string; readonly hasMore: boolean }
}

const absences: ReadonlySet<string | undefined> = new Set(['offline_too_long', 'tombstones_pruned'])

/** A batch is stored with its time a little before its commit, and two servers' clocks are not the same. */
const slack = 400

/** Who was here since what a server has forgotten goes on from its cursor [RT2]. */
export const createContacts = (): Contacts => {
  /** Who was never given all of it was never here. */
  const lastHere = new Map<string, number>()
  const here = ({ pageToken, cursor = '' }: Shown): number => lastHere.get(pageToken ?? cursor) ?? 0
  const note = (text: string | undefined, at: number): void => {
    if (text !== undefined) lastHere.set(text, Math.max(at, lastHere.get(text) ?? 0))
  }
  return {
    onAnswer(procedure, { input, now, forgottenBefore }, answer) {
      const told = answer as Told
      const shown = input as Shown
      if (told.kind === 'refused') {
        if (!absences.has(told.details?.reason)) return
        const at = here(shown)
        must(
          at < forgottenBefore + slack,
          'convergent',
          () =>
            `who was here at ${at} is away for too long, and nothing since ${forgottenBefore} is forgotten`,
        )
        return
      }
      if (procedure === 'snapshot') {
        const at = shown.pageToken === undefined ? now : here(shown)
        for (const text of [told.cursor, told.pageToken]) note(text, at)
        return
      }
      const page = told.page ?? told
      if (page.cursor !== undefined) note(page.cursor, page.hasMore === true ? here(shown) : now)
    },
  }
}
