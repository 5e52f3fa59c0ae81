import { nameOf } from '../shared/people.ts'

/** Initials. The name stands beside it. */
export const Avatar = ({ id }: { readonly id: string }): React.ReactNode => (
  <span className="avatar" aria-hidden="true">
    {nameOf(id)
      .split(' ')
      .map((part) => part.slice(0, 1))
      .join('')}
  </span>
)
