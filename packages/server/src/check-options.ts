import { SyncError } from '@holdfast/core'
import { defaultLimits } from './limits.ts'

interface Given {
  readonly store?: object
  readonly limits?: object | undefined
  readonly rates?: unknown
  readonly revocation?: unknown
  readonly conflictData?: unknown
}

/** What only the router takes. */
const ofRouter = ['procedure']

export const demand = (present: boolean, option: string, message: string): void => {
  if (!present) throw new SyncError('MISCONFIGURED', message, { option })
}

const checkNames = (given: object, known: readonly string[], place: string): void => {
  for (const name of Object.keys(given)) {
    const message = `There is no option ${place}${name}; those that exist are ${known.join(', ')}.`
    demand(known.includes(name), `${place}${name}`, message)
  }
}

const isOneOf = (value: unknown, ...values: readonly unknown[]): boolean =>
  value === undefined || values.includes(value)

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((method) => typeof Reflect.get(value, method) === 'function')

/**
 * What a type checker would have told: an option that is misspelt protects nothing.
 * @throws SyncError MISCONFIGURED
 */
export const checkForms = (given: Given, known: readonly string[]): void => {
  checkNames(given, [...known, ...ofRouter], '')
  checkNames(given.limits ?? {}, Object.keys(defaultLimits), 'limits.')
  const { store, rates, revocation, conflictData } = given
  demand(
    has(store, 'read', 'write', 'scopes'),
    'store',
    'store must be a store of the server: prismaStore(prisma), and not the Prisma client itself.',
  )
  demand(
    isOneOf(rates, 'none') || has(rates, 'take'),
    'rates',
    "rates is 'none', or a limiter such as inProcessRates().",
  )
  demand(isOneOf(revocation, 'block', 'remove'), 'revocation', "revocation is 'block' or 'remove'.")
  demand(isOneOf(conflictData, 'none', 'readable'), 'conflictData', "conflictData is 'none' or 'readable'.")
}
