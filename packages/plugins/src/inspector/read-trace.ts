import { firstValueFrom } from 'rxjs'
import type { InspectedClient } from './inspected-client.ts'
import type { InspectorModel } from './model.ts'
import { toTrace, type TraceDocument } from './trace.ts'

const mostLooks = 5

/**
 * A trace of what was heard, with the client's own figures of the same moment: where the queue moved while they were read, they
 * are read again.
 */
export const readTrace = async (
  client: InspectedClient,
  { events, dropped }: InspectorModel,
): Promise<TraceDocument> => {
  for (let look = 1; ; look += 1) {
    const queue = await firstValueFrom(client.queue$)
    const operations = await client.operations.list()
    const after = await firstValueFrom(client.queue$)
    if (JSON.stringify(queue) !== JSON.stringify(after) && look < mostLooks) continue
    const state = await firstValueFrom(client.state$)
    return toTrace({ events, dropped, state, queue: after, operations })
  }
}
