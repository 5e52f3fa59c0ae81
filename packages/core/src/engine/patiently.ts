import { hasCode } from '../base/errors.ts'
import type { CycleContext } from './cycle-context.ts'

/**
 * Asks the server; where it wants to be asked less often, waits and asks the same again. So a run goes on from where it
 * was: one that began anew would need more requests than a limit may grant at a time, and never come to its end.
 * @throws SyncError what `ask` rejects with
 */
export const patiently = async <TAnswer>(
  { pause }: Pick<CycleContext, 'pause'>,
  signal: AbortSignal,
  ask: () => Promise<TAnswer>,
): Promise<TAnswer> => {
  for (let refusals = 1; ; refusals += 1) {
    try {
      return await ask()
    } catch (error) {
      if (pause === undefined || !hasCode(error, 'RATE_LIMITED') || signal.aborted) throw error
      await pause(error, refusals)
    }
  }
}
