import type { Store } from '../../storage/store.ts'
import { noRecord, recordEntry } from '../entries.ts'
import { recordAddressOf, recordsPrefix, stageKey, stagingKey } from '../keys.ts'
import { logHead } from '../log.ts'
import { stagingEntry } from '../staging/entry.ts'
import { readPlaceIn, type PullPlace } from '../staging/stage-page.ts'

/**
 * Some records that have a base here and none in the generation that is staged get a staged row without one: the server
 * does not have them. Bases do not change while a scope is reset, so what was looked at stays so.
 * @param asked where pulling stood when this step was decided on
 * @returns false where it does not stand there any more
 */
export const sweepSome = (store: Store, scope: string, asked: PullPlace, most: number): Promise<boolean> =>
  store.update(async (workspace) => {
    const place = await readPlaceIn(workspace, scope)
    logHead(workspace, scope)
    const { staging } = place
    if (place.stagingRevision !== asked.stagingRevision || staging.kind !== 'sweep') return false
    const [records] = await workspace.read([
      { scan: recordsPrefix(scope), limit: most, after: staging.after === '' ? undefined : staging.after },
    ])
    const addresses = records.flatMap(({ key, value }) => {
      const address = recordAddressOf(key)
      return address === undefined || recordEntry.decode(value).base === undefined ? [] : [address]
    })
    await workspace.read(addresses.map((address) => ({ get: stageKey(address) })))
    const gone = addresses.filter((address) => workspace.value(stageKey(address)) === undefined)
    for (const address of gone) workspace.put(stageKey(address), recordEntry.encode(noRecord))
    const { generation, from, history, cursor } = staging
    const rows = staging.rows + gone.length
    const last = records.length < most ? undefined : records.at(-1)?.key
    const next =
      last === undefined
        ? ({ kind: 'pull', cursor } as const)
        : ({ kind: 'sweep', cursor, after: last } as const)
    workspace.put(stagingKey(scope), stagingEntry.encode({ generation, from, history, rows, ...next }))
    return true
  })
