import { nameOf } from '../shared/people.ts'
import type { Status } from '../shared/schema.ts'

export const statusNames: Readonly<Record<Status, string>> = {
  open: 'Open',
  checked: 'Checked',
  approved: 'Approved',
}

const fieldNames: Readonly<Record<string, string>> = {
  $deleted: 'Whether it is deleted',
  text: 'Text',
  status: 'Status',
  assignee: 'For whom',
  name: 'Name',
  address: 'Address',
}

export const fieldName = (field: string): string => fieldNames[field] ?? field

/** A value of a field as people read it. */
export const valueText = (field: string, value: unknown): string => {
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
  if (field === 'assignee') return nameOf(text)
  if (field === 'status') return statusNames[text as Status] ?? text
  return text
}
