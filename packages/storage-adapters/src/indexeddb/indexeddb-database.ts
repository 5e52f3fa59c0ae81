import {
  checkBatch,
  checkRequests,
  type Database,
  type ReadRequest,
  type ReadResults,
} from '@holdfast/core/storage'
import { closed } from '../shared/refusals.ts'
import { createAnnouncements } from './announcements.ts'
import { corrupt } from './failures.ts'
import { createLink } from './link.ts'
import type { Place } from './place.ts'
import { commitAll, readAll, readHead, type Attempt } from './transactions.ts'

export interface DatabaseOptions extends Place {
  readonly durability: 'strict' | 'relaxed'
  readonly pollEvery: number | undefined
}

export const openIndexedDbDatabase = async (options: DatabaseOptions): Promise<Database> => {
  const { name, browser, environment, durability } = options
  const handle = environment.newId()
  const link = await createLink(options)
  const { heard$, tell, doubt, close } = createAnnouncements({
    ...options,
    start: link.head.revision,
    async look() {
      const head = await link.use(readHead)
      if (head === undefined) throw corrupt(name, 'its head record is missing')
      return head.revision
    },
  })
  // Whoever listens reads, and is told then whether it is too old.
  link.upgraded$.subscribe({ next: doubt, complete: close })

  let isClosing = false
  const assertOpen = (): void => {
    if (isClosing) throw closed(name)
  }

  // One commit at a time: what became of it after a lost connection is then told by the handle's last receipt.
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <TResult>(run: () => Promise<TResult>): Promise<TResult> => {
    const result = last.then(run)
    last = result.catch(() => undefined)
    return result
  }

  return {
    externalCommits$: heard$,

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      const copy = [...requests]
      const answers = await link.use((database) => readAll(database, browser.IDBKeyRange, copy))
      return answers as unknown as ReadResults<TRequests>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      const attempt: Attempt = {
        name,
        handle,
        durability,
        expect: [...batch.expect],
        writes: [...batch.writes],
        tried: undefined,
      }
      const revision = await inOrder(() => link.use((database) => commitAll(database, attempt)))
      tell(
        revision,
        attempt.writes.map(({ key }) => key),
      )
      return { revision }
    },

    async close() {
      isClosing = true
      await inOrder(async () => link.close())
    },
  }
}
