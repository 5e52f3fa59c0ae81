import { escapeKeyPart } from '../base/keys.ts'
import { scope as scopeRule } from '../protocol/parts.ts'

/** The most characters that a name may take inside a key. */
const longestEscaped = 400

/** What is wrong with the name of a scope; undefined where nothing is. */
export const scopeProblem = (scope: unknown): string | undefined => {
  if (typeof scope !== 'string' || scope === '') return 'must be a text'
  const fits = scopeRule.safeParse(scope).success && escapeKeyPart(scope).length <= longestEscaped
  return fits ? undefined : 'is too long: 128 characters at most, fewer where they are no ASCII'
}
