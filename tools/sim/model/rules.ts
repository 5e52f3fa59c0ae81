import { guardedRules } from './leases.ts'
import { mortalRules } from './lifetimes.ts'
import { plainRules } from './plain-rules.ts'
import { parcelRules } from './reshaped.ts'
import type { Rules } from './rule-types.ts'
import { visible, type Data } from './values.ts'
import { variedRules } from './varied-rules.ts'

const rules: Readonly<Record<string, Rules>> = {
  ...plainRules,
  ...variedRules,
  ...guardedRules,
  ...mortalRules,
  ...parcelRules,
}

export const rulesOf = (collection: string): Rules => {
  const found = rules[collection]
  if (found === undefined) throw new Error(`The model knows no collection ${collection}.`)
  return found
}

/** A write that contains it is refused by the app's own judgement. */
export const isPoisoned = (record: Data | undefined): boolean =>
  record !== undefined && JSON.stringify(visible(record)).includes('POISON')
