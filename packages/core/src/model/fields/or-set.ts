import * as z from 'zod/mini'
import { encodePortable } from '../../base/codec.ts'
import { SyncError } from '../../base/errors.ts'
import { isPortableList, isPortableObject, portableEquals, type Portable } from '../../base/portable.ts'
import {
  defineField,
  fieldChange,
  type FieldChange,
  type FieldState,
  type FieldType,
  type TypedField,
} from '../field-type.ts'

/** Each adding has a tag of its own; removing names the tags that its author saw. So an adding that nobody saw stays. */
interface SetDelta {
  readonly [key: string]: Portable
  readonly add: readonly TaggedMember[]
  readonly remove: readonly string[]
}

type TaggedMember = readonly [tag: string, member: Portable]

const invalid = (reason: string): SyncError =>
  new SyncError('INVALID', `A set can't be changed by this: ${reason}.`, { reason })

const isTagged = (value: Portable): value is TaggedMember =>
  isPortableList(value) && value.length === 2 && typeof value[0] === 'string'

const isText = (value: Portable): value is string => typeof value === 'string'

const toDelta = (delta: Portable): SetDelta => {
  const { add, remove } = isPortableObject(delta) ? delta : {}
  if (isPortableList(add) && add.every(isTagged) && isPortableList(remove) && remove.every(isText))
    return { add, remove }
  throw invalid('it is no delta of a set')
}

/**
 * What stands behind the value. `gone`: tags that were removed before their adding came, which takes no effect then.
 * That is seldom (an adding that waits in a conflict, say), so they stay few.
 */
interface Tags {
  readonly members: readonly TaggedMember[]
  readonly gone: readonly string[]
}

const tagsOf = ({ hidden }: FieldState): Tags => {
  const { members, gone } = isPortableObject(hidden) ? hidden : {}
  return {
    members: isPortableList(members) ? members.filter(isTagged) : [],
    gone: isPortableList(gone) ? gone.filter(isText) : [],
  }
}

const byCode = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** The value lists each member once, in an order that does not depend on who came first. */
const toState = (members: readonly TaggedMember[], gone: readonly string[]): FieldState => {
  const byMember = new Map(members.map(([, member]) => [encodePortable(member), member]))
  const value = [...byMember].sort(([left], [right]) => byCode(left, right)).map(([, member]) => member)
  const sorted = [...members].sort(([left], [right]) => byCode(left, right))
  return { value, hidden: { members: sorted, gone: [...gone].sort(byCode) } }
}

const toDeltaOrNothing = (add: readonly TaggedMember[], remove: readonly string[]): SetDelta | undefined =>
  add.length === 0 && remove.length === 0 ? undefined : { add, remove }

const listIn = (value: Portable | undefined): readonly Portable[] => {
  if (value === undefined) return []
  if (isPortableList(value)) return value
  throw invalid('its members must be a list')
}

const isIn = (members: readonly Portable[], member: Portable): boolean =>
  members.some((each) => portableEquals(each, member))

/** An observed-remove set (Shapiro et al., 2011). It needs no tombstones: an operation takes effect once, in order. */
const orSetType: FieldType<SetDelta> & { readonly name: 'orSet' } = {
  name: 'orSet',
  ignoresTime: true,
  empty: { value: [] },
  prepare(state, wanted, { operationId }) {
    const there = tagsOf(state).members
    const input = wanted.kind === 'change' && isPortableObject(wanted.input) ? wanted.input : {}
    const wish = wanted.kind === 'set' ? listIn(wanted.value) : listIn(input['add'])
    const gone = (member: Portable): boolean =>
      wanted.kind === 'set' ? !isIn(wish, member) : isIn(listIn(input['remove']), member)
    // Adding what is there already holds it against a removal that is on its way.
    const added = wanted.kind === 'set' ? wish.filter((member) => !isIn(listIn(state.value), member)) : wish
    const distinct = added.filter((member, index) => !isIn(added.slice(0, index), member))
    return toDeltaOrNothing(
      distinct.map((member, index) => [`${operationId}.${index}`, member] as const),
      there.filter(([, member]) => gone(member)).map(([tag]) => tag),
    )
  },
  apply(state, delta) {
    const { add, remove } = toDelta(delta)
    const { members, gone } = tagsOf(state)
    const byTag = new Map([...members, ...add].map((one) => [one[0], one]))
    const removed = new Set([...gone, ...remove])
    const before = new Set(gone)
    const early = [...removed].filter((tag) => before.has(tag) || !byTag.has(tag))
    return toState(
      [...byTag.values()].filter(([tag]) => !removed.has(tag)),
      early,
    )
  },
  compose: (first, second) => ({
    add: [...first.add.filter(([tag]) => !second.remove.includes(tag)), ...second.add],
    remove: [...new Set([...first.remove, ...second.remove])],
  }),
  difference(before, after) {
    const [earlier, later] = [tagsOf(before), tagsOf(after)]
    const isOf = ({ members }: Tags, tag: string): boolean => members.some(([each]) => each === tag)
    return toDeltaOrNothing(
      later.members.filter(([tag]) => !isOf(earlier, tag)),
      [
        ...earlier.members.map(([tag]) => tag).filter((tag) => !isOf(later, tag)),
        ...later.gone.filter((tag) => !earlier.gone.includes(tag)),
      ],
    )
  },
}

/**
 * A set of values, shown as a list without repetitions. Adding wins over a removal whose author had not seen the adding.
 * Setting it to a list counts as what that adds and removes. Starts empty.
 */
export const orSet = <TMember extends z.core.SomeType>(
  member: TMember,
): z.ZodMiniArray<TMember> & TypedField<'orSet'> => defineField(z.array(member), orSetType)

/** Adds members to an `orSet`. */
export const add = (...members: readonly Portable[]): FieldChange<'orSet'> =>
  fieldChange('orSet', { add: members })

/** Removes members of an `orSet`, as far as this device knows them. */
export const remove = (...members: readonly Portable[]): FieldChange<'orSet'> =>
  fieldChange('orSet', { remove: members })
