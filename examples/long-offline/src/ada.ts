import type { SeededRandom } from '@holdfast/core/testing'
import type { Device } from './device.ts'
import { editsOf, type Edit, type Expected } from './edits.ts'
import type { Reckoning } from './reckoning.ts'

export interface Made extends Omit<Edit, 'receipt'> {
  readonly operationId: string
  readonly recordId: string
}

export interface Ada {
  readonly made: () => readonly Made[]
  readonly note: (edit: Edit) => Promise<void>
  /** So many edits, as an app makes them that does not wait for each. */
  readonly work: (device: Device, edits: number) => Promise<void>
}

/** Ada's three weeks: each edit is one operation. */
export const startAda = (random: SeededRandom, reckoning: Reckoning): Ada => {
  const edits = editsOf(random, reckoning)
  const made: Made[] = []
  const note = async ({ receipt, field, expected }: Edit): Promise<void> => {
    const { operationId, recordId } = await receipt
    made.push({ operationId, recordId, field, expected })
  }
  /** What came and went on the device ends as nothing, whatever was done to it between. */
  const endOf = ({ recordId, expected }: Made): Expected =>
    edits.undone.has(recordId) ? 'nothing' : expected

  return {
    made: () => made.map((one) => ({ ...one, expected: endOf(one) })),
    note,
    async work(device, count) {
      const all: Promise<void>[] = []
      for (let begun = 0; begun < count; begun += 1) all.push(note(edits.next(device)))
      await Promise.all(all)
      edits.settle()
    },
  }
}
