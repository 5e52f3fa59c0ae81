import { toViolation, Violation } from '../checks/violation.ts'
import type { Sim } from './sim.ts'

/** What nobody caught while a world ran breaks a promise of that world; others run on. */
export const catchCrashes = async (guard: Sim['guard'], run: () => Promise<void>): Promise<void> => {
  const blame = (error: unknown): void =>
    guard(() => {
      throw toViolation(error)
    })
  const onRejection = (error: unknown): void =>
    blame(
      error instanceof Violation
        ? error
        : new Violation('no crash of our own', `nobody caught ${String(error)}`),
    )
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', blame)
  try {
    await run()
  } catch (error) {
    blame(error)
  } finally {
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', blame)
  }
}
