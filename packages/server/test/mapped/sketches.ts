import { moveType, type Page, type WireOperation } from '@holdfast/core/protocol'
import type { Portable } from '@holdfast/core'
import { create, type TestClient } from '../support/world.ts'

export const invoice = (
  client: TestClient,
  id: string,
  value: Readonly<Record<string, Portable>> = {},
): WireOperation => ({ ...create(client, id, { title: 'first', ...value }), collection: 'invoices' })

export const line = (client: TestClient, id: string, invoiceId: string): WireOperation => ({
  ...create(client, id, { invoiceId, label: 'a line' }),
  collection: 'lines',
})

export const update = (
  client: TestClient,
  recordId: string,
  value: Readonly<Record<string, Portable>>,
  baseVersion = 1,
): WireOperation => client.operation({ collection: 'invoices', recordId, value, baseVersion })

export const remove = (client: TestClient, recordId: string, baseVersion = 1): WireOperation =>
  client.operation({ collection: 'invoices', recordId, type: 'delete', value: null, baseVersion })

export const move = (client: TestClient, recordId: string, to: string, baseVersion = 1): WireOperation =>
  client.operation({
    collection: 'invoices',
    recordId,
    type: moveType,
    value: { to, patch: {} },
    baseVersion,
  })

export const changeOf = (page: Pick<Page, 'changes'>, id: string): Page['changes'][number] | undefined =>
  page.changes.find((change) => change.id === id)
