import type { Portable } from '@holdfast/core'

type Document = Portable | undefined

/** What a run needs of a type of `ottypes`. */
export interface PlainType {
  create(): Document
  apply(document: Document, operation: Portable): Document
  transform(operation: Portable, other: Portable, side: 'left' | 'right'): Portable
}

/** One author: what it sees, and its operations that the server's document as it has seen it does not have. */
interface Author {
  document: Document
  pending: readonly Portable[]
  /** How many of `pending` the server has already. */
  pushed: number
  /** How many of the server's operations it has seen. */
  seen: number
}

interface Applied {
  readonly author: number
  readonly operation: Portable
}

/** Any number of authors of one document around a server, as the textbook has it. Shares no code with the product. */
export interface PlainRun {
  readonly documentOf: (author: number) => Document
  readonly edit: (author: number, operation: Portable) => void
  /** Sends so many operations that were not sent yet; what became of them is seen with the next pull. */
  readonly push: (author: number, count: number) => void
  readonly pull: (author: number) => void
  readonly sync: (author: number) => void
  /** How many operations had something of somebody else between them and what their author saw. */
  readonly concurrent: () => number
}

export const createPlainRun = (type: PlainType, count: number): PlainRun => {
  const applied: Applied[] = []
  let concurrent = 0
  let document: Document = type.create()
  const authors = Array.from({ length: count }, (): Author => ({ document, pending: [], pushed: 0, seen: 0 }))
  const authorOf = (index: number): Author => {
    const author = authors[index]
    if (author === undefined) throw new Error(`There is no author ${index}.`)
    return author
  }

  /** The pending operations on the server's newest document. */
  const catchUp = (index: number): readonly Portable[] => {
    const { pending, seen } = authorOf(index)
    let rest = pending
    for (const { author, operation } of applied.slice(seen)) {
      if (author === index) {
        rest = rest.slice(1)
        continue
      }
      let other = operation
      rest = rest.map((mine) => {
        const moved = type.transform(mine, other, 'right')
        other = type.transform(other, mine, 'left')
        return moved
      })
    }
    return rest
  }

  const push = (index: number, most: number): void => {
    const isMet = applied.slice(authorOf(index).seen).some(({ author }) => author !== index)
    for (const operation of catchUp(index).slice(0, most)) {
      if (isMet) concurrent += 1
      document = type.apply(document, operation)
      applied.push({ author: index, operation })
      authorOf(index).pushed += 1
    }
  }

  const pull = (index: number): void => {
    const author = authorOf(index)
    author.pending = catchUp(index)
    author.pushed = 0
    author.seen = applied.length
    author.document = author.pending.reduce<Document>((sum, each) => type.apply(sum, each), document)
  }

  return {
    documentOf: (index) => authorOf(index).document,
    edit(index, operation) {
      const author = authorOf(index)
      author.document = type.apply(author.document, operation)
      author.pending = [...author.pending, operation]
    },
    push,
    pull,
    sync(index) {
      push(index, Number.POSITIVE_INFINITY)
      pull(index)
    },
    concurrent: () => concurrent,
  }
}
