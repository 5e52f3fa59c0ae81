import { SyncError } from '@holdfast/core'
import type { ServerOperations } from '@holdfast/server'
import type { SimSchema } from './schema.ts'

/** What the server's own code decides. */
export type Halves = ServerOperations<
  SimSchema['collections'],
  { readonly user: { readonly id: string } },
  undefined
>

const refuse = (reason: string): SyncError =>
  new SyncError('REFUSED', `The bank says no: ${reason}.`, { reason })

/** @param onRun told of each operation before it is decided; what it throws ends the half */
export const createBankHalves = (onRun: (operationId: string) => void): Halves => ({
  accounts: {
    async transfer({ record, input, records, operationId }) {
      onRun(operationId)
      if (record.balance < input.amount) throw refuse('insufficient_balance')
      const to = await records.get('accounts', input.to)
      if (to === undefined || to.id === record.id) throw refuse('no_such_account')
      await records.put('accounts', to.id, { ...to, balance: to.balance + input.amount })
      return { ...record, balance: record.balance - input.amount }
    },
    // The money is there already.
    receive: ({ record }) => record,
  },
})

interface Asked {
  readonly collection: string
  readonly action: string
  readonly before: Readonly<Record<string, unknown>> | undefined
  readonly after: Readonly<Record<string, unknown>> | undefined
}

/** Nobody makes or destroys money. */
export const isForbiddenByBank = ({ collection, action, before, after }: Asked): boolean => {
  if (collection !== 'accounts') return false
  switch (action) {
    case 'create':
      return before !== undefined || after?.['balance'] !== 100
    case 'update':
      return before?.['balance'] !== after?.['balance']
    case 'transfer':
    case 'receive':
      return false
    default:
      return true
  }
}
