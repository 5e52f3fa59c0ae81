import { batch, pushesPerClient, type LoadClient } from './push-load.ts'

type Value = string | number | boolean

/** One statement with the values of its rows, for drivers with `$1` or `?` placeholders. */
export interface FloorStatement {
  readonly text: (placeholder: (place: number) => string) => string
  readonly values: readonly Value[]
}

const insert = (table: string, rows: readonly (readonly Value[])[], more = ''): FloorStatement => ({
  text(placeholder) {
    let place = 0
    const row = (values: readonly Value[]): string =>
      `(${values.map(() => placeholder((place += 1))).join(', ')})`
    return `INSERT INTO ${table} VALUES ${rows.map(row).join(', ')} ${more}`
  },
  values: rows.flat(),
})

const lock = (scope: string): FloorStatement =>
  insert(
    'holdfast_scopes',
    [[scope, 0, '', 0, 0]],
    'ON CONFLICT (scope) DO UPDATE SET scope = excluded.scope',
  )

const fieldVersion =
  '{"version":1,"clientId":"client-0","userId":"bench","otherVersion":0,"timestamp":1,"seq":1}'

/** The rows that one push of the load leaves behind, one statement for each table, as `prismaStore` writes them. */
export const statementsOf = ({ id, scope }: LoadClient, push: number): readonly FloorStatement[] => {
  const place = Number(id.replace('client-', '')) * pushesPerClient + push
  const seqs = Array.from({ length: batch }, (_, index) => push * batch + index + 1)
  const fields = `{"title":${fieldVersion},"text":${fieldVersion},"done":${fieldVersion}}`
  const record = (seq: number): readonly Value[] => {
    const data = `{"id":"${id}-${seq}","title":"Note ${seq} of ${id}","text":"","done":false}`
    return [scope, 'notes', `${id}-${seq}`, 1, place * batch + seq, 1, false, data, fields, 1, 'bench']
  }
  const operation = (seq: number): readonly Value[] => {
    const hash = 'x'.repeat(43)
    const verdict = '{"kind":"applied","version":1}'
    return [scope, `${id}-op-${seq}`, id, seq, 'bench', hash, 'notes', `${id}-${seq}`, 'create', verdict, 1]
  }
  return [
    lock(scope),
    insert('holdfast_records', seqs.map(record)),
    insert('holdfast_operations', seqs.map(operation)),
    insert(
      'holdfast_watermarks',
      [[scope, id, push]],
      'ON CONFLICT (scope, client_id) DO UPDATE SET watermark = excluded.watermark',
    ),
    insert('holdfast_batches', [[scope, place, 'nonce', 1]]),
  ]
}
