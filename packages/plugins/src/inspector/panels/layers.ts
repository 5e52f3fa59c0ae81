import type { LayeredRecord, Operation } from '@holdfast/core'
import { h, timeOf } from '../dom.ts'
import { inspectableOf, type InspectedClient } from '../inspected-client.ts'
import { toPayloadText, toValueText } from '../operation-text.ts'
import { fateLine, operationLine } from './queue.ts'

/** What can be known of a record: all of it with the plugin `inspectable`, else what this device did to it. */
export type Layers =
  | { readonly kind: 'layers'; readonly record: LayeredRecord }
  | { readonly kind: 'history'; readonly operations: readonly Operation[] }
  | { readonly kind: 'unknown' }

export const readLayers = async (
  client: InspectedClient,
  collection: string,
  recordId: string,
): Promise<Layers> => {
  const inspectable = inspectableOf(client)
  if (inspectable === undefined) {
    const operations = await client.operations.history(collection, recordId)
    return { kind: 'history', operations }
  }
  const record = await inspectable.layersOf(collection, recordId)
  return record === undefined ? { kind: 'unknown' } : { kind: 'layers', record }
}

const operationLayer = (operation: Operation): HTMLElement =>
  h(
    'li',
    { 'data-layer': operation.id },
    h('div', { class: 'line' }, ...operationLine(operation)),
    fateLine(operation),
    h('pre', {}, toPayloadText(operation.payload)),
  )

const baseLayer = ({ base }: LayeredRecord): HTMLElement =>
  h(
    'li',
    { 'data-layer': 'base' },
    h(
      'div',
      { class: 'line' },
      h('span', { class: 'chip' }, 'BASE'),
      base === undefined
        ? h('span', {}, 'The server has never had it, as far as this device knows.')
        : h('span', {}, `version ${base.version} by ${base.updatedBy}, `, timeOf(base.updatedAt)),
    ),
    base === undefined
      ? undefined
      : h('pre', {}, base.data === undefined ? 'deleted' : toValueText(base.data)),
  )

const shownLayer = ({ shown }: LayeredRecord): HTMLElement =>
  h(
    'li',
    { 'data-layer': 'shown' },
    h('div', { class: 'line' }, h('span', { class: 'chip good' }, 'SHOWN')),
    h('pre', {}, shown === undefined ? 'no record' : toValueText(shown)),
  )

const hint =
  'What the server has of it is not public: with the plugin inspectable() of @holdfast/plugins/inspectable it is shown here. This is what this device did to it.'

/** From the ground up: what the server has, each operation on it in the order made, and what comes of it. */
export const drawLayers = (layers: Layers): readonly HTMLElement[] => {
  switch (layers.kind) {
    case 'unknown':
      return [h('p', { class: 'soft' }, 'This device knows nothing of it.')]
    case 'history':
      return [
        h('p', { class: 'soft' }, hint),
        h('ol', { class: 'rows' }, ...layers.operations.map(operationLayer)),
      ]
    case 'layers': {
      const { record } = layers
      return [
        h(
          'ol',
          { class: 'rows' },
          baseLayer(record),
          ...record.operations.map(operationLayer),
          shownLayer(record),
        ),
      ]
    }
  }
}
