import type * as z from 'zod/v4/core'
import { SyncError } from '../base/errors.ts'
import type { Refusal } from '../protocol/refusal.ts'
import { outputs, type ProcedureName } from '../protocol/table.ts'

type Output<TName extends ProcedureName> = z.infer<(typeof outputs)[TName]>
type Answer<TName extends ProcedureName> = Exclude<Output<TName>, { kind: 'refused' }>

export const refusalToError = ({ code, message, details }: Refusal): SyncError =>
  new SyncError(code, message, details)

/**
 * Only a well-formed answer of ours counts; anything else (a captive portal, a proxy) is BAD_ANSWER.
 * @throws SyncError BAD_ANSWER, or the refusal's own code
 */
export const parseOutput = <TName extends ProcedureName>(name: TName, output: unknown): Answer<TName> => {
  const parsed = outputs[name].safeParse(output)
  if (!parsed.success) {
    throw new SyncError(
      'BAD_ANSWER',
      `The answer to ${name} is not from a Holdfast server; it will be asked again.`,
      {
        reason: parsed.error.issues[0]?.message ?? 'malformed',
      },
    )
  }
  if (parsed.data.kind === 'refused') throw refusalToError(parsed.data)
  return parsed.data as Answer<TName>
}
