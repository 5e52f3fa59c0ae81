/** Neither a primitive nor a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object of fields, and no portable value of a kind of its own. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !(value instanceof Date) && !(value instanceof Uint8Array)

/** A member of the object's own, whatever `Object.prototype` has under that name. */
export const ownMember = <TMember>(
  object: Readonly<Record<string, TMember>>,
  name: string,
): TMember | undefined => (Object.hasOwn(object, name) ? object[name] : undefined)

/** A copy with those of its members that `keep` wants. */
export const pickMembers = <TMember>(
  object: Readonly<Record<string, TMember>>,
  keep: (name: string, member: TMember) => boolean,
): Readonly<Record<string, TMember>> =>
  Object.fromEntries(Object.entries(object).filter(([name, member]) => keep(name, member)))
