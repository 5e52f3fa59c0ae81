import { add, always, type Rules } from './rule-types.ts'

/** A collection of which an earlier app had another idea. */
export const parcelRules: Readonly<Record<string, Rules>> = {
  parcels: {
    strategy: 'fieldMerge',
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'caption', 'seconds'],
    defaults: { urgent: false },
    ruleOf: () => 'ask',
    named: {
      extend: {
        run: (parcel, { seconds }) => ({ ...parcel, seconds: add(parcel['seconds'], seconds) }),
        reads: [],
        changes: ['seconds'],
      },
    },
    fits: always,
  },
}
