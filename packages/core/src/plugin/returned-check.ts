import type { HookName } from './hooks.ts'

/** Of a hook whose items may carry something else afterwards, and are the same ones. */
const listHooks: ReadonlySet<HookName> = new Set(['beforePush', 'beforeApplyRemote'])

const idsOf = (items: unknown): readonly unknown[] | undefined =>
  Array.isArray(items)
    ? items.map((item: { readonly id?: unknown } | null | undefined) => item?.id)
    : undefined

/**
 * What checks what a hook makes of this value. A dropped change would leave a hole in what this device has, a dropped
 * operation one in what it sent. To be made before the hook runs: it may change the very list that it was given.
 */
export const returnedCheck = (name: HookName, given: unknown): ((returned: unknown) => void) => {
  const before = listHooks.has(name) ? idsOf(given) : undefined
  return (returned) => {
    if (typeof returned !== 'object' || returned === null)
      throw new Error('it must return what it was given, changed or not')
    if (before === undefined) return
    const after = idsOf(returned)
    const isSame = after?.length === before.length && before.every((id, index) => id === after[index])
    if (!isSame) throw new Error('it must return the same items in the same order')
  }
}
