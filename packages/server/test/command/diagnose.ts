import { systemEnvironment, type Environment } from '@holdfast/core'
import type { Check } from '../../src/command/doctor/check.ts'
import { run } from './run.ts'

/** What the doctor says, by the names of the checks. */
export const diagnose = async (url: string, more: readonly string[] = [], environment?: Environment) => {
  const { code, out } = await run(['doctor', '--url', url, '--json', ...more], {
    environment: environment ?? systemEnvironment,
  })
  const { checks } = JSON.parse(out) as { readonly checks: readonly Check[] }
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]))
  const of = (name: string): Partial<Check & { readonly advice: string }> =>
    checks.find((check) => check.name === name) ?? {}
  return { code, checks, states, of }
}
