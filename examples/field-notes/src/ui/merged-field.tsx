import { people } from '../shared/people.ts'
import { statuses } from '../shared/schema.ts'
import { statusNames } from './names.ts'

interface MergedFieldProps {
  readonly field: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export const MergedField = ({ field, value, onChange }: MergedFieldProps): React.ReactNode => (
  <label className="stack-tight">
    <span>Merged</span>
    <Editor field={field} value={value} onChange={onChange} />
  </label>
)

const Editor = ({ field, value, onChange }: MergedFieldProps): React.ReactNode => {
  switch (field) {
    case 'status':
      return (
        <select value={value} onChange={({ target }) => onChange(target.value)}>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {statusNames[status]}
            </option>
          ))}
        </select>
      )
    case 'assignee':
      return (
        <select value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">Nobody</option>
          {people.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )
    case 'text':
      return <textarea rows={3} value={value} onChange={({ target }) => onChange(target.value)} />
    default:
      return <input value={value} onChange={({ target }) => onChange(target.value)} />
  }
}
