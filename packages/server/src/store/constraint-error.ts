import { SyncError } from '@holdfast/core'

/** What the app's table has against a row. `form`: a value that its column can't hold. `scope`: the row belongs elsewhere. */
export type ConstraintKind = 'unique' | 'foreign_key' | 'check' | 'required' | 'form' | 'scope'

const sentences: Readonly<Record<ConstraintKind, string>> = {
  unique: 'another row has the same already',
  foreign_key: 'it refers to a row that is not there, or others refer to it',
  check: 'a check of the database refuses it',
  required: 'the database wants a value',
  form: 'the column can not hold this value',
  scope: 'the row belongs to another scope',
}

/** A write that the app's tables refuse, whenever it is tried. Says nothing of other rows. */
export class ConstraintError extends SyncError<'INVALID'> {
  readonly kind: ConstraintKind
  readonly fields: readonly string[]

  constructor(kind: ConstraintKind, fields: readonly string[], cause?: unknown) {
    const path = fields.join(', ')
    super(
      'INVALID',
      `${path === '' ? '' : `${path}: `}${sentences[kind]}.`,
      { path, reason: kind },
      cause === undefined ? {} : { cause },
    )
    this.kind = kind
    this.fields = fields
  }

  /** Naming only those of its fields that whoever wrote may know of. */
  naming(isKnown: (field: string) => boolean): ConstraintError {
    return new ConstraintError(this.kind, this.fields.filter(isKnown), this.cause)
  }
}
