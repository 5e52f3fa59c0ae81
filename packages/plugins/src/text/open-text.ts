import { systemEnvironment, type Environment } from '@holdfast/core'
import type { Observable } from 'rxjs'
import type * as Y from 'yjs'
import { fromEvent } from './delta.ts'
import { newDocument, textOf } from './document.ts'
import { createEditor, type TextCollection } from './text-editor.ts'

export interface OpenTextOptions {
  /** Milliseconds for which edits are gathered before they are written. Default: 200. */
  readonly delay?: number
  /** Told of what could not be written; the text stays in the editor, and is tried again with the next edit. */
  readonly onError?: (error: unknown) => void
  /** For the delay and the names of sessions. Default: the machine's. */
  readonly environment?: Environment
}

/** A text that an editor holds. */
export interface OpenText {
  /** For the editor's binding. Its history is this editor's own: it is not what is stored, and needs no provider. */
  readonly document: Y.Doc
  readonly text: Y.Text
  /** The origin of the transactions that bring in what others wrote; undo managers leave them out by themselves. */
  readonly remote: unknown
  /** Writes what is not written yet. Resolves once that is durable; rejects with what kept it from that. */
  readonly flush: () => Promise<void>
  /** Flushes, and lets go. */
  readonly close: () => Promise<void>
}

/**
 * Opens a text field of a record for an editor: what is typed becomes operations, and what others wrote comes in as it
 * arrives. Resolves once the text is there.
 * @throws SyncError NOT_FOUND (no such record)
 */
export const openText = async (
  collection: TextCollection,
  id: string,
  field: string,
  { delay = 200, onError = () => undefined, environment = systemEnvironment }: OpenTextOptions = {},
): Promise<OpenText> => {
  const document = newDocument()
  // Only this editor ever writes to it: what others wrote is typed in.
  document.clientID = 1
  const text = textOf(document)
  const remote = { holdfast: 'remote' }
  const editor = createEditor({ collection, id, field, document, remote, environment })

  const fail = (error: unknown): void => onError(error)
  let cancel: (() => void) | undefined
  const arm = (): void => {
    cancel ??= environment.timers.after(delay, () => {
      cancel = undefined
      editor.flush().catch(fail)
    })
  }
  const listen = (event: Y.YTextEvent, { origin }: Y.Transaction): void => {
    if (origin === remote) return
    editor.typed(fromEvent(event))
    arm()
  }

  await editor.pull()
  text.observe(listen)
  const changes$: Observable<unknown> = collection.get$(id)
  const subscription = changes$.subscribe({ next: () => void editor.pull().catch(fail), error: fail })

  const flush = async (): Promise<void> => {
    cancel?.()
    cancel = undefined
    await editor.flush()
  }
  return {
    document,
    text,
    remote,
    flush,
    async close() {
      try {
        await flush()
      } finally {
        subscription.unsubscribe()
        text.unobserve(listen)
        cancel?.()
      }
    },
  }
}
