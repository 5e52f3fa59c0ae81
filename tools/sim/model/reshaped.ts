import { add, usual, type Rules } from './rule-types.ts'

/** A collection of which an earlier app had another idea. */
export const parcelRules: Readonly<Record<string, Rules>> = {
  parcels: {
    ...usual,
    strategy: 'fieldMerge',
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
  },
}
