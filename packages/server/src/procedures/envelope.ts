import { SyncError } from '@holdfast/core'
import { maxScope, oldestProtocol, procedures, protocolVersion } from '@holdfast/core/protocol'
import type { z } from 'zod'

type Name = keyof typeof procedures

type Input<TName extends Name> = z.output<(typeof procedures)[TName]['input']>

const supported = Array.from(
  { length: protocolVersion - oldestProtocol + 1 },
  (_, index) => oldestProtocol + index,
)

const assertProtocol = (input: unknown): void => {
  const protocol =
    typeof input === 'object' && input !== null && 'protocol' in input ? input.protocol : undefined
  if (typeof protocol !== 'number' || (protocol >= oldestProtocol && protocol <= protocolVersion)) return
  const side = protocol < oldestProtocol ? 'client' : 'server'
  throw new SyncError('UPGRADE_REQUIRED', `Protocol ${protocol} is not spoken here; upgrade the ${side}.`, {
    side,
    supported,
  })
}

/** Scopes are texts of any characters, except those that databases change (lone surrogates) or refuse (NUL). */
const isStorable = (scope: string): boolean => scope.isWellFormed() && !scope.includes('\0')

const scopesIn = (input: object): readonly unknown[] => {
  if ('scopes' in input && Array.isArray(input.scopes)) return input.scopes
  return 'scope' in input ? [input.scope] : []
}

const hasStorableScopes = (input: object): boolean =>
  scopesIn(input).every((scope) => typeof scope !== 'string' || isStorable(scope))

/** Of a scope that server code names. @throws SyncError INVALID */
export const isScopeName = (scope: unknown): scope is string =>
  typeof scope === 'string' && scope !== '' && scope.length <= maxScope && isStorable(scope)

export const assertScopeName = (scope: unknown): void => {
  if (isScopeName(scope)) return
  const reason = `a scope is a text of 1 to ${maxScope} characters, without NUL and lone surrogates`
  throw new SyncError('INVALID', `scope: ${reason}.`, { path: 'scope', reason })
}

const malformed = (path: string): SyncError =>
  new SyncError('INVALID', `The request's ${path === '' ? 'form' : path} is malformed.`, { path })

/**
 * The request, if its form is right. The protocol number is looked at first: another protocol's form is unknown.
 * @throws SyncError UPGRADE_REQUIRED, INVALID
 */
export const readInput = <TName extends Name>(name: TName, input: unknown): Input<TName> => {
  assertProtocol(input)
  const parsed = procedures[name].input.safeParse(input)
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.path.join('.') ?? '')
  if (!hasStorableScopes(parsed.data)) throw malformed('scope')
  return parsed.data as Input<TName>
}
