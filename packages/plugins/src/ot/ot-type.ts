import { SyncError, type Portable } from '@holdfast/core'

/** Which of two insertions at one place comes first. */
export type OtSide = 'left' | 'right'

/**
 * The interface of `ottypes` (https://github.com/ottypes/docs), as far as it is needed. Documents and operations are
 * portable values, undefined stands for a document that is not there; operations are immutable.
 */
export interface OtType<
  TDocument extends Portable | undefined = Portable | undefined,
  TOperation extends Portable = Portable,
> {
  readonly name: string
  create(): TDocument
  apply(document: TDocument, operation: TOperation): TDocument
  transform(operation: TOperation, other: TOperation, side: OtSide): TOperation
  compose(first: TOperation, second: TOperation): TOperation
}

/** What Holdfast asks of a type besides. */
export interface OtHelp<TDocument extends Portable | undefined, TOperation extends Portable> {
  /** The operation for a value that is not known to be one. Throws where it is none. */
  read(value: Portable): TOperation
  /** An operation that leads from one document to another. Throws where the second is no document. */
  difference(before: TDocument, after: TDocument): TOperation | undefined
  /**
   * What can be shown of an operation whose place is no longer known: nothing of others may get lost by it.
   * Undefined: nothing can.
   */
  salvage(document: TDocument, operation: TOperation): TOperation | undefined
  /** Whether two in a row are one, whatever others did meanwhile. Without it they always are. */
  isOne?(first: TOperation, second: TOperation): boolean
  /** Whether both write the same place, so that what one of them writes gets lost. Without it nothing ever does. */
  collides?(operation: TOperation, other: TOperation): boolean
}

export interface OtField<
  TDocument extends Portable | undefined = Portable | undefined,
  TOperation extends Portable = Portable,
>
  extends OtType<TDocument, TOperation>, OtHelp<TDocument, TOperation> {}

type Call = 'reading' | 'applying' | 'transforming' | 'composing' | 'comparing'

const refused = (name: string, what: Call, cause: unknown): SyncError => {
  const message =
    what === 'comparing'
      ? `This is no document of ${name}.`
      : `This is no operation of ${name} that fits the document: ${what} failed.`
  return new SyncError('INVALID', message, { reason: what }, { cause })
}

const attempt = <TResult>(name: string, what: Call, run: () => TResult): TResult => {
  try {
    return run()
  } catch (error) {
    throw refused(name, what, error)
  }
}

/**
 * Types throw errors of their own, and may do so deep inside: out of here comes INVALID and nothing else. They get what
 * came over the wire only after `read`.
 */
export const guardType = <TDocument extends Portable | undefined, TOperation extends Portable>(
  type: OtField<TDocument, TOperation>,
): OtField<TDocument, TOperation> => ({
  name: type.name,
  create: () => type.create(),
  read: (value) => attempt(type.name, 'reading', () => type.read(value)),
  apply: (document, operation) => attempt(type.name, 'applying', () => type.apply(document, operation)),
  transform: (operation, other, side) =>
    attempt(type.name, 'transforming', () => type.transform(operation, other, side)),
  compose: (first, second) => attempt(type.name, 'composing', () => type.compose(first, second)),
  difference: (before, after) => attempt(type.name, 'comparing', () => type.difference(before, after)),
  salvage: (document, operation) => attempt(type.name, 'applying', () => type.salvage(document, operation)),
  ...(type.isOne && {
    isOne: (first, second) => attempt(type.name, 'composing', () => type.isOne?.(first, second) ?? true),
  }),
  ...(type.collides && {
    collides: (operation, other) =>
      attempt(type.name, 'transforming', () => type.collides?.(operation, other) ?? false),
  }),
})
